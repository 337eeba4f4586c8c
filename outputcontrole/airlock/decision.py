"""A decision: what one officer says of one request, bound to everything it was about, and signed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from outputcontrole.spec.text import Reason
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import Strict, parse_values
from zoo_formaat.project import ProjectFile
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, sign, verify

PAYLOAD_TYPE = "application/vnd.zoo.oordeel+json"


class Binding(Strict):
    """What a decision is about: digests of all that may not change between decision and release."""

    aanvraag: str
    uitvoer: dict[str, str]
    verslag: str
    beleid: str
    project: str
    pakketten: dict[str, str]

    @property
    def digest(self) -> str:
        """The digest of the binding itself, which a decision signs."""
        return digest(self.model_dump())

    def differences(self, other: "Binding") -> list[str]:
        """Return which parts differ, in Dutch words."""
        names = {
            "aanvraag": "de aanvraag",
            "uitvoer": "de uitvoer",
            "verslag": "het toetsverslag",
            "beleid": "het beleid",
            "project": "het projectbestand",
            "pakketten": "de datapakketten",
        }
        return [words for field, words in names.items() if getattr(self, field) != getattr(other, field)]


class Decision(Strict):
    """One officer's decision, version 1. `binding` is the digest of what was decided on."""

    versie: Literal[1]
    aanvraag: str
    binding: str
    toetser: str
    oordeel: Literal["akkoord", "afwijzen"]
    motivering: Reason
    tijd: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")


def report_seal(report: Mapping[str, Any], key: PrivateKey) -> str:
    """Return the seal of a report: a digest that only the holder of `key` can make or check (Ed25519, RFC 8032)."""
    return digest(key.sign(b"toetsverslag\n" + canonical_bytes(dict(report))))


def sign_decision(
    request: str, binding: Binding, verdict: Literal["akkoord", "afwijzen"], reason: str, key: PrivateKey
) -> Envelope:
    """Return a signed decision of the holder of `key`, dated now. Raises pydantic's ValidationError for no reason."""
    decision = Decision(
        versie=1,
        aanvraag=request,
        binding=binding.digest,
        toetser=key.public.houder,
        oordeel=verdict,
        motivering=reason,
        tijd=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return sign(canonical_bytes(decision.model_dump()), PAYLOAD_TYPE, [key])


def read_decision(envelope: Envelope, project: ProjectFile, source: str) -> tuple[Decision, PublicKey] | None:
    """Return a decision and the officer's key as the project file enrols it; None when no officer signed it.

    Raises UserError when a signature is false or the content malformed.
    """
    keys = [member.key for member in project.leden if member.rol == "toetser"]
    found = verify(envelope, PAYLOAD_TYPE, keys, source)
    decision = parse_values(parse_json(envelope.content(), source), Decision, source)
    signer = next((key for key in found if key.houder == decision.toetser), None)
    return None if signer is None else (decision, signer)
