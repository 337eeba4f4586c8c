"""Free text: numbers typed in a title or note would travel unseen, so people read them."""

import re

from outputcontrole.checks.finding import Finding

RULE = "vrije tekst"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"(19|20)\d\d")


def free_text(text: str) -> Finding | None:
    """Ask for judgement when a text holds a number that is not a year.

    Project choice: titles and notes are prose to be read; typed numbers must not leave in them unseen.
    """
    numbers = [number for number in _NUMBER.findall(text) if not _YEAR.fullmatch(number)]
    if not numbers:
        return None
    return Finding(
        rule=RULE,
        sentence="titel, toelichting of aanvraag bevat een getal; toetsers moeten nagaan dat het geen uitkomst is",
        remedy="laat getallen weg uit wat met de vrijgave meegaat, of laat de toetsers nagaan waar ze vandaan komen",
        judgement=True,
    )
