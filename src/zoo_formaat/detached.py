"""Documents that people read and sign: the text as it is, its signatures in `<name>.dsse.json` beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from zoo_formaat.atomic import write_file
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, add_signature, sign, verify

SIGNATURES_NEEDED = 2


def signatures_path(path: Path) -> Path:
    """Return where the signatures of a document stand."""
    return path.with_name(path.name + ".dsse.json")


def load_signed(
    path: Path, payload_type: str, signers: Sequence[PublicKey], what: str
) -> tuple[bytes, tuple[PublicKey, ...]]:
    """Return the bytes of a document and the trusted people who signed exactly these bytes, at least two.

    signers: the public keys that this installation trusts for such documents. what: the document's name in messages.
    Raises UserError when the document was changed after signing, or fewer than two different people signed it.
    """
    content = read_bytes(path, what)
    beside = signatures_path(path)
    envelope = Envelope.from_bytes(read_bytes(beside, f"handtekeningen bij {what}"), str(beside))
    if envelope.content() != content:
        raise UserError(
            f"{path}: gewijzigd na het ondertekenen; herstel het origineel of laat twee personen opnieuw ondertekenen"
        )
    found = verify(envelope, payload_type, signers, str(beside))
    # people are counted, not keys: somebody with an old and a new key is one person
    people = {key.houder for key in found}
    if len(people) < SIGNATURES_NEEDED:
        raise UserError(
            f"{path}: {len(people)} van {SIGNATURES_NEEDED} handtekeningen van personen die deze installatie "
            f"vertrouwt; laat dit ({what}) door twee van hen ondertekenen"
        )
    return content, tuple(found)


def sign_beside(path: Path, payload_type: str, key: PrivateKey, check: Callable[[bytes], object], what: str) -> int:
    """Add a signature to a document and return how many it has now.

    check: called with the bytes before signing, raises UserError for a malformed document. Signatures over other
    bytes than the document's present ones are dropped: who signs, signs what stands there.
    """
    content = read_bytes(path, what)
    check(content)
    beside = signatures_path(path)
    envelope = sign(content, payload_type, [])
    if beside.exists():
        earlier = Envelope.from_bytes(read_bytes(beside, f"handtekeningen bij {what}"), str(beside))
        if earlier.payloadType == payload_type and earlier.content() == content:
            envelope = earlier
    envelope = add_signature(envelope, key)
    write_file(beside, envelope.to_bytes())
    return len(envelope.signatures)
