"""When an officer may decide and when a request may be released: pure functions, a reason for every no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from outputcontrole.airlock.decision import Binding, Decision
from outputcontrole.spec import Verdict
from zoo_formaat.project import ProjectFile
from zoo_formaat.signature import PublicKey

QUORUM = 2


def may_author(person: str, project: ProjectFile, on: date) -> str | None:
    """Say why a person may not submit a request in a project, or None."""
    member = project.member(person)
    if member is None or member.rol != "analist":
        return f"'{person}' is geen analist in project '{project.id}'"
    if on > member.tot:
        return f"het lidmaatschap van '{person}' is geëindigd op {member.tot}"
    return None


def may_decide(person: str, author: str, project: ProjectFile, on: date) -> str | None:
    """Say why a person may not decide on a request of `author`, or None.

    An officer of the project, in time, not the author and not of the author's team.
    """
    member, writer = project.member(person), project.member(author)
    if member is None or member.rol != "toetser":
        return f"'{person}' is geen toetser in project '{project.id}'"
    if on > member.tot:
        return f"de aanstelling van '{person}' is geëindigd op {member.tot}"
    if writer is None:
        return f"de auteur '{author}' is geen lid van project '{project.id}'"
    if member.id == writer.id or member.sleutel == writer.sleutel:
        return f"'{person}' heeft deze aanvraag zelf gemaakt"
    if member.team.strip().casefold() == writer.team.strip().casefold():
        return f"'{person}' zit in hetzelfde team als de auteur ('{member.team}')"
    return None


@dataclass(frozen=True)
class Situation:
    """All that a release is decided on.

    binding: of the request as recomputed now. verdicts: of its outputs, now. decisions: with the key that signed each.
    synthetic: every package behind it is signed so. demo: a demonstration key signed project or request.
    """

    project: ProjectFile
    author: str
    binding: Binding
    verdicts: Sequence[Verdict]
    decisions: Sequence[tuple[Decision, PublicKey]]
    synthetic: bool
    demo: bool
    on: date


def against_release(situation: Situation) -> list[str]:
    """Return every reason not to release, in Dutch; empty when it may."""
    reasons = []
    refused = [verdict for verdict in situation.verdicts if not verdict.may_be_submitted]
    if refused or not situation.verdicts:
        reasons.append(f"{len(refused)} uitvoer(en) worden nu geweigerd")
    approving: dict[str, PublicKey] = {}
    for decision, key in situation.decisions:
        why_not = may_decide(decision.toetser, situation.author, situation.project, situation.on)
        if why_not is not None:
            reasons.append(why_not)
        elif decision.oordeel == "afwijzen":
            reasons.append(f"'{decision.toetser}' heeft afgewezen")
        elif decision.binding != situation.binding.digest:
            reasons.append(
                f"het akkoord van '{decision.toetser}' ging over iets anders dan er nu ligt; laat opnieuw beoordelen"
            )
        else:
            approving[key.id] = key
    if len({key.houder for key in approving.values()}) < QUORUM:
        reasons.append(f"{len(approving)} van {QUORUM} akkoorden van verschillende toetsers")
    demo = sorted(key.houder for key in approving.values() if key.demo)
    if not situation.synthetic and (demo or situation.demo):
        who = f"van {', '.join(demo)}" if demo else "van het project of de auteur"
        reasons.append(f"demosleutels ({who}) geven alleen gegevens vrij die als synthetisch ondertekend zijn")
    return reasons
