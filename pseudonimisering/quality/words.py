"""How findings and reasons are written: Dutch, and English for the page on request."""

from pseudonimisering.pages import Language, number, percent
from pseudonimisering.quality.findings import Finding

_FINDINGS: dict[str, tuple[str, str]] = {
    "buiten_verwachting": (
        "{heel} rijen meer of minder geleverd dan het contract verwacht",
        "{heel} rows more or fewer delivered than the contract expects",
    ),
    "geldigheid": (
        "{waarde} van de waarden is bruikbaar; verwacht ten minste {grens}",
        "{waarde} of the values are usable; at least {grens} expected",
    ),
    "dekking": (
        "{waarde} van de rijen is gevuld; het contract verwacht ten minste {grens}",
        "{waarde} of the rows are filled; the contract expects at least {grens}",
    ),
    "koppeling": (
        "{waarde} van de eenheden is gevonden; verwacht ten minste {grens}",
        "{waarde} of the units were found; at least {grens} expected",
    ),
    "buiten_register": (
        "{waarde} van de rijen heeft een adres dat het adressenregister niet kent; hooguit {grens} is gewoon",
        "{waarde} of the rows have an address unknown to the address register; at most {grens} is usual",
    ),
    "dode_codes": (
        "{waarde} van de rijen heeft een gebied of postcode die niet bestaat",
        "{waarde} of the rows have an area or postcode that does not exist",
    ),
    "rijen": (
        "het aantal rijen veranderde met {waarde} sinds de vorige levering; grens {grens}",
        "the number of rows changed by {waarde} since the previous delivery; limit {grens}",
    ),
    "verloop_geldigheid": (
        "het deel bruikbare waarden veranderde met {punten} sinds de vorige levering",
        "the share of usable values changed by {punten} since the previous delivery",
    ),
    "verloop_dekking": (
        "het deel gevulde rijen veranderde met {punten} sinds de vorige levering",
        "the share of filled rows changed by {punten} since the previous delivery",
    ),
    "verloop_gekoppeld": (
        "het deel rijen dat koppelt veranderde met {punten} sinds de vorige levering",
        "the share of rows that link changed by {punten} since the previous delivery",
    ),
    "verloop_nieuw": (
        "{waarde} van de eenheden is nieuw sinds de vorige levering; grens {grens}",
        "{waarde} of the units are new since the previous delivery; limit {grens}",
    ),
    "verloop_verdwenen": (
        "{waarde} van de eenheden van de vorige levering is verdwenen; grens {grens}",
        "{waarde} of the units of the previous delivery are gone; limit {grens}",
    ),
    "verdeling": (
        "de verdeling van de waarden verschoof: stabiliteitsindex {getal}, grens {grensgetal}",
        "the distribution of the values shifted: stability index {getal}, limit {grensgetal}",
    ),
}
_WORDS = {
    "opvallend": ("opvallend", "notable"),
    "let_op": ("let op", "worth a look"),
    "stabiel": ("stabiel", "stable"),
    "geldigheid": ("bruikbaar", "usable"),
    "dekking": ("gevuld", "filled"),
    "gekoppeld": ("gekoppeld", "linked"),
    "nieuw": ("nieuw", "new"),
    "verdwenen": ("verdwenen", "gone"),
}
_REASONS = {
    "buiten_periode": ("buiten de periode van het project", "outside the project's period"),
    "letter": ("bevat een letter", "contains a letter"),
    "formaat": ("bevat een teken dat er niet hoort", "contains a character that does not belong"),
    "lengte": ("verkeerd aantal cijfers", "wrong number of digits"),
    "nul": ("bestaat uit nullen", "consists of zeros"),
    "elfproef": ("voldoet niet aan de elfproef", "fails the check digit (elfproef)"),
    "onnauwkeurig": (
        "als getal opgeslagen en te lang om nauwkeurig te zijn",
        "stored as a number too long to be exact",
    ),
    "objecttype": ("BAG-nummer van een ander soort object", "BAG number of another kind of object"),
    "postcode": ("postcode die niet kan bestaan", "postcode that cannot exist"),
    "huisnummer": ("huisnummer begint niet met een getal", "house number does not begin with a number"),
    "controlegetal": ("controlegetal klopt niet", "check digits do not fit"),
    "land": ("van een ander land", "of another country"),
    "datum": ("datum die niet bestaat", "date that does not exist"),
    "buiten_verwachting": ("rijen buiten het verwachte aantal", "rows beyond the expected number"),
    "gewist": ("gewist op verzoek", "erased on request"),
    "voorloopnul": ("mist een voorloopnul", "lacks a leading zero"),
}


def word(name: str, language: Language = "nl") -> str:
    """Return the word for a judgement or a measure."""
    return _WORDS[name][language == "en"]


def reason_text(reason: str, language: Language = "nl") -> str:
    """Return what a reason of rejection means; one that is not known here is named as it is."""
    return _REASONS.get(reason, (reason, reason))[language == "en"]


def finding_text(finding: Finding, language: Language = "nl") -> str:
    """Return what a finding says, without its subject."""
    points = {"nl": "procentpunt", "en": "percentage points"}[language]
    return _FINDINGS[finding.soort][language == "en"].format(
        waarde=percent(finding.waarde, language),
        grens=percent(finding.grens, language),
        punten=f"{number(100 * finding.waarde, language, 1)} {points}",
        heel=number(finding.waarde, language),
        getal=number(finding.waarde, language, 2),
        grensgetal=number(finding.grens, language, 2),
    )


def sentence(finding: Finding, language: Language = "nl") -> str:
    """Return a finding as one line."""
    return f"{word(finding.ernst, language)}: {finding.onderwerp}: {finding_text(finding, language)}"
