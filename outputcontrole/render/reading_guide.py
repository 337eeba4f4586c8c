"""The page that travels with every release: what it holds, what a hidden number is, what it does not say."""

from collections.abc import Sequence

from outputcontrole.answer import Answer
from outputcontrole.kinds import called
from outputcontrole.policy import Policy
from outputcontrole.render.caption import about
from outputcontrole.render.tables import HIDDEN
from outputcontrole.spec import ProseText, Request


def reading_guide(request: Request, policy: Policy, answers: Sequence[Answer], *, synthetic: bool) -> bytes:
    """Return the guide as Markdown; it depends on the request, the policy and what is shown, on nothing else."""
    outputs = [
        line
        for answer in answers
        for line in (
            f"- **{answer.output.titel}** ({called(answer.output)}): `{answer.output.naam}/`"
            + (f".{about(answer.output)}" if about(answer.output) else "")
            + (f"\n  {answer.output.toelichting}" if answer.output.toelichting else ""),
        )
    ]
    prose = any(isinstance(answer.output, ProseText) for answer in answers)
    unread = ["- Teksten en programmacode zijn niet herrekend: twee toetsers hebben ze gelezen."] if prose else []
    notice = ["**Synthetische gegevens: dit gaat over niemand.**", ""] if synthetic else []
    lines = [
        f"# Vrijgave {request.id}",
        "",
        *notice,
        f"Vraag: {request.vraag}",
        "",
        f"Populatie: {request.populatie}",
        "",
        f"Bedoeld gebruik: {request.gebruik}",
        "",
        f"Ontvangers: {request.ontvangers}",
        "",
        "## Inhoud",
        "",
        *outputs,
        "",
        "## Lezen",
        "",
        f"- `{HIDDEN}` in een tabel en gearceerd op een kaart: niet getoond. Waarom staat er niet bij, want ook dat "
        "zou iets zeggen.",
        "- Elk getal berust op ten minste "
        f"{policy.n_min} verschillende personen, adressen en eigenaren (beleid `{policy.naam}`).",
        "- Profielen, bomen, hotspots en schattingen zijn gemaakt van de getoonde getallen; een verborgen gebied telt "
        "mee met het gemiddelde van de verborgen gebieden eromheen.",
        *unread,
        "- Een afwijking is geen overtreding, samenhang is geen oorzaak, en een gebied is niet zijn inwoners.",
        "- Het is niet toegestaan een score van een buurt te koppelen aan personen, adressen of bedrijven.",
        "",
    ]
    return "\n".join(lines).encode("utf-8")
