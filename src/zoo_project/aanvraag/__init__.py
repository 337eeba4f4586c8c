"""Ask results out: write a request as specifications, have it judged, hand it in.

    vraag = Aanvraag(project, vraag="…", populatie="…", gebruik="…", ontvangers="…")
    vraag.tabel("doorsluis-wijk", "Doorsluishuizen per wijk", bron="doorsluishuis", dimensies=["wijkcode", "waarde"])
    vraag.toets()

A request holds no numbers: the checker computes them itself from the registered packages.
"""

from zoo_project.aanvraag.classes import Klassen
from zoo_project.aanvraag.request import Aanvraag
from zoo_project.aanvraag.signing import SIGNED_SUFFIX, read_request, sign_request
from zoo_project.aanvraag.sources import (
    Bron,
    Filter,
    Kenmerk,
    Periode,
    Voorwaarde,
    aandeel,
    dichtheid,
    indicator,
    kerncijfer,
)
from zoo_project.aanvraag.verdict import MARKS, Toets

__all__ = [
    "MARKS",
    "SIGNED_SUFFIX",
    "Aanvraag",
    "Bron",
    "Filter",
    "Kenmerk",
    "Klassen",
    "Periode",
    "Toets",
    "Voorwaarde",
    "aandeel",
    "dichtheid",
    "indicator",
    "kerncijfer",
    "read_request",
    "sign_request",
]
