"""The requests at the door: taken in, looked at, decided on, released; one folder each in the registration."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from outputcontrole.airlock.decision import Binding, Decision, read_decision, report_seal, sign_decision
from outputcontrole.airlock.preconditions import Situation, against_release, may_author, may_decide
from outputcontrole.previews import SUBMITTING, failures_counted, over_budget
from outputcontrole.registration import Registration, today
from outputcontrole.spec import Request, parse_request
from outputcontrole.spec.request import PAYLOAD_TYPE
from zoo_formaat.atomic import new_directory, write_file
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify as verify_log
from zoo_formaat.project import ProjectFile
from zoo_formaat.signature import Envelope, PrivateKey, PublicKey, verify

if TYPE_CHECKING:
    from outputcontrole.assessment import Assessment

DECIDING = "beoordelen"


@dataclass(frozen=True)
class StoredRequest:
    """A request that was taken in: its folder, content and signed form, and the author's key."""

    folder: Path
    request: Request
    envelope: Envelope
    author: PublicKey

    @property
    def binding(self) -> Binding:
        """What officers are asked to decide on, as computed at intake."""
        path = self.folder / "binding.json"
        return parse_values(parse_json(read_bytes(path, "binding"), str(path)), Binding, str(path))

    def decision_path(self, officer: str) -> Path:
        """Return where an officer's signed decision stands."""
        return self.folder / "oordelen" / f"{officer}.dsse.json"

    def decisions(self, project: ProjectFile) -> list[tuple[Decision, PublicKey]]:
        """Return the decisions of enrolled officers on this request, one per officer.

        Raises UserError for a false signature, and for a file that is no decision of its officer on this request.
        """
        found = []
        for path in sorted((self.folder / "oordelen").glob("*.dsse.json")):
            decision = read_decision(Envelope.from_bytes(read_bytes(path, "oordeel"), str(path)), project, str(path))
            if (
                decision is None
                or decision[0].aanvraag != self.request.id
                or path != self.decision_path(decision[0].toetser)
            ):
                raise UserError(
                    f"{path}: geen oordeel van een toetser van dit project over deze aanvraag; verwijder het"
                )
            found.append(decision)
        return found


def opened_request(content: bytes, project: ProjectFile, source: str) -> tuple[Request, Envelope, PublicKey]:
    """Open a signed request: its content, and the author's key as the project file enrols it.

    Raises UserError when its author is no member, did not sign it, or it was changed after signing.
    """
    envelope = Envelope.from_bytes(content, source)
    request = parse_request(envelope.content(), source)
    member = project.member(request.auteur)
    signers = verify(envelope, PAYLOAD_TYPE, [] if member is None else [member.key], source)
    if not signers:
        raise UserError(f"{source}: niet ondertekend door de auteur '{request.auteur}' zoals die in het project staat")
    return request, envelope, signers[0]


def take_in(registration: Registration, content: bytes, source: str) -> "tuple[StoredRequest, Assessment]":
    """Take in a signed request: check author and content, compute it, keep it for the officers.

    Raises UserError when the author may not, an output is refused, or the request is here already.
    """
    # Looking at a request and deciding on it needs none of the libraries that computing it does.
    from outputcontrole.assessment import assess

    draft = parse_request(Envelope.from_bytes(content, source).content(), source)
    project = registration.project(draft.project)
    request, envelope, author = opened_request(content, project.file, source)
    why_not = may_author(request.auteur, project.file, today())
    if why_not is not None:
        raise UserError(f"{source}: {why_not}")
    folder = registration.path / "aanvragen" / request.id
    if folder.exists():
        raise UserError(f"aanvraag {request.id} is al ingediend; een gewijzigde aanvraag krijgt een nieuw nummer")
    if (no_budget := over_budget(registration, request)) is not None:
        raise UserError(no_budget)
    with failures_counted(registration, request):
        assessment = assess(registration, request)
    refused = [answer.output.naam for answer in assessment.answers if not answer.verdict.may_be_submitted]
    if refused:
        details = {"uitvoer": len(refused), "project": request.project}
        registration.log.append(request.auteur, SUBMITTING, request.id, "geweigerd", **details)
        raise UserError(
            f"{source}: uitvoer {', '.join(refused)} wordt geweigerd en kan niet worden ingediend; "
            "zie: outputcontrole toets"
        )
    with new_directory(folder) as partial:
        (partial / "oordelen").mkdir()
        write_file(partial / "aanvraag.dsse.json", envelope.to_bytes())
        write_file(partial / "toetsing.json", canonical_bytes(assessment.record()) + b"\n")
        binding = assessment.binding(registration.signing_key)
        write_file(partial / "binding.json", canonical_bytes(binding.model_dump()) + b"\n")
        for name, file in assessment.payload.items():
            target = partial / "voorbeeld" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_file(target, file)
    registration.log.append(request.auteur, SUBMITTING, request.id, assessment.verdict.value, digest=request.digest)
    return StoredRequest(folder, request, envelope, author), assessment


def stored_request(registration: Registration, request: str) -> StoredRequest:
    """Return a request that was taken in; raises UserError for an unknown one or one that was changed."""
    folder = registration.path / "aanvragen" / Path(request).name
    path = folder / "aanvraag.dsse.json"
    if not path.is_file():
        known = sorted(entry.name for entry in (registration.path / "aanvragen").glob("a-*"))
        raise UserError(f"onbekende aanvraag '{request}'; er zijn: {', '.join(known) or 'nog geen'}")
    content = read_bytes(path, "aanvraag")
    draft = parse_request(Envelope.from_bytes(content, str(path)).content(), str(path))
    project = registration.project(draft.project)
    found, envelope, author = opened_request(content, project.file, str(path))
    if found.id != folder.name:
        raise UserError(f"{path}: de aanvraag is een andere dan waaronder zij is ingediend")
    return StoredRequest(folder, found, envelope, author)


def decide(
    registration: Registration,
    request: str,
    verdict: Literal["akkoord", "afwijzen"],
    reason: str,
    key: PrivateKey,
) -> Decision:
    """Record an officer's signed decision; a later one of the same officer replaces it.

    Raises UserError when the person may not decide, gives no reason, the preview was changed after intake, or the
    request was released already: what is out is not undone by a decision.
    """
    stored = stored_request(registration, request)
    project = registration.project(stored.request.project)
    why_not = may_decide(key.public.houder, stored.request.auteur, project.file, today())
    member = project.file.member(key.public.houder)
    if why_not is None and (member is None or member.key.id != key.public.id):
        why_not = f"de sleutel is niet die waarmee '{key.public.houder}' in het project is aangesteld"
    if why_not is not None:
        registration.log.append(key.public.houder, DECIDING, request, "geweigerd")
        raise UserError(f"aanvraag {request}: {why_not}")
    binding = stored.binding
    _check_preview(stored.folder / "voorbeeld", binding)
    report = stored.folder / "toetsing.json"
    if (
        report_seal(parse_json(read_bytes(report, "toetsverslag"), str(report)), registration.signing_key)
        != binding.verslag
    ):
        raise UserError("het toetsverslag van deze aanvraag is gewijzigd na het indienen; laat haar opnieuw indienen")
    try:
        envelope = sign_decision(request, binding, verdict, reason, key)
    except ValidationError:
        raise UserError("geef met --motivering in minstens tien tekens aan waarom") from None
    with registration.lock():
        if registration.history_path(request).exists():
            registration.log.append(key.public.houder, DECIDING, request, "geweigerd")
            raise UserError(f"aanvraag {request} is al vrijgegeven; een oordeel verandert daar niets meer aan")
        write_file(stored.decision_path(key.public.houder), envelope.to_bytes())
        registration.log.append(key.public.houder, DECIDING, request, verdict, digest=digest(envelope.to_bytes()))
    decision = read_decision(envelope, project.file, "oordeel")
    if decision is None:
        raise AssertionError("a decision just signed by an enrolled officer is not recognised")
    return decision[0]


def _check_decisions(registration: Registration, stored: StoredRequest) -> None:
    """Refuse when a decision that the log knows of was taken away or put back: an objection must not disappear."""
    logged = {
        entry["actor"]: entry["details"]["digest"]
        for entry in registration.logged(DECIDING, stored.request.id)
        if entry["resultaat"] != "geweigerd"
    }
    for officer, expected in sorted(logged.items()):
        path = stored.decision_path(officer)
        if not path.is_file() or digest(read_bytes(path, "oordeel")) != expected:
            raise UserError(f"{path}: is niet het laatste oordeel van '{officer}' volgens het logboek; zet het terug")


def _check_preview(folder: Path, binding: Binding) -> None:
    """Refuse a preview that is not what was computed: an officer must judge what will leave."""
    files = {str(path.relative_to(folder)): digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    if files != binding.uitvoer:
        raise UserError("het voorbeeld van deze aanvraag is gewijzigd na het indienen; laat haar opnieuw indienen")


def release(registration: Registration, request: str, into: Path, *, threads: int | None = None) -> Path:
    """Recompute a request, check every condition, and write the signed bundle to `into`/<request>.

    Everything is computed again from the packages and compared with what the officers signed. What is released is in
    the history before the bundle is visible: a killed run can leave a history that is too cautious, never a release
    that is not in it. Raises UserError with all reasons when it may not be released.
    """
    from outputcontrole.assessment import assess
    from outputcontrole.bundle.write import write_bundle
    from outputcontrole.history import record_release

    with registration.lock():
        registration.log.append("vrijgave", "vrijgeven", request, "begonnen")
        verify_log(registration.log.path)
        stored = stored_request(registration, request)
        assessment = assess(registration, stored.request, threads=threads)
        binding = assessment.binding(registration.signing_key)
        _check_decisions(registration, stored)
        decisions = stored.decisions(assessment.project.file)
        situation = Situation(
            project=assessment.project.file,
            author=stored.request.auteur,
            binding=binding,
            verdicts=[answer.verdict for answer in assessment.answers],
            decisions=decisions,
            synthetic=assessment.synthetic,
            demo=assessment.project.demo or stored.author.demo,
            on=today(),
        )
        reasons = against_release(situation)
        changed = stored.binding.differences(binding)
        if changed:
            reasons.append(f"gewijzigd sinds het indienen: {', '.join(changed)}")
        if reasons:
            registration.log.append("vrijgave", "vrijgeven", request, "geweigerd", redenen=len(reasons))
            raise UserError(f"aanvraag {request} wordt niet vrijgegeven: {'; '.join(reasons)}")
        try:
            into.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise UserError(f"map {into} is niet te maken; kies met --uit een andere map") from None
        if (into / request).exists():
            raise UserError(f"{into / request} bestaat al; een vrijgave wordt nooit overschreven")
        method, project = stored.request.recepten, stored.request.project
        record_release(registration, request, project, assessment.packages, assessment.tables, method)
        bundle = write_bundle(
            into / request,
            assessment=assessment,
            binding=binding,
            request=stored.envelope,
            decisions=[stored.decision_path(decision.toetser) for decision, _ in decisions],
            project=registration.project_folder(stored.request.project) / "project.toml",
            demo=situation.demo or any(key.demo for _, key in decisions),
            key=registration.signing_key,
        )
        registration.log.append("vrijgave", "vrijgeven", request, "gelukt", uitvoer=binding.digest)
    return bundle
