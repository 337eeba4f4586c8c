"""Prose or code without outputs: not computed again, so people read all of it; never free.

What it tells: whatever its author wrote. The checker refuses what a reader cannot see (see `outputcontrole.spec.prose`)
and leaves the rest to two officers. Source: regels.md, "code and logs" (no counts or values in comments).
"""

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import Finding
from outputcontrole.checks.free_text import free_text
from outputcontrole.spec import ProseText, Verdict

WORDS = "tekst of programmacode, niet herrekend"
SUFFIX = {"markdown": "md", "tekst": "txt", "python": "py", "sql": "sql", "r": "R"}


def tables(_: ProseText) -> tuple[AskedTable, ...]:
    """Return none: no number in it is the checker's."""
    return ()


def answer(output: ProseText, basis: Basis) -> Answer:
    """Answer with the text itself, to be judged by both officers; numbers in it are pointed at."""
    numbers = free_text(output.tekst)
    findings = (_NOT_COMPUTED,) if numbers is None else (_NOT_COMPUTED, _NUMBERS)
    files = {f"tekst.{SUFFIX[output.vorm]}": (output.tekst.rstrip("\n") + "\n").encode("utf-8")}
    return Answer(output, Verdict.MANUAL, findings, files, preview={"tekst": output.tekst})


_NOT_COMPUTED = Finding(
    rule="niet herrekend",
    sentence="deze tekst is niet herrekend; beide toetsers lezen haar helemaal en schrijven waarom zij weg mag",
    remedy="houd de tekst kort, en vraag getallen aan als tabel, figuur of model",
    judgement=True,
)
_NUMBERS = Finding(
    rule="niet herrekend",
    sentence="de tekst bevat getallen; toetsers moeten van elk nagaan dat het geen uitkomst is",
    remedy="verwijs naar de uitvoer waarin het getal staat, of laat het getal weg",
    judgement=True,
)
