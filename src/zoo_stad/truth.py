"""The planted facts, with raw identifiers: what zone 1 and the tests compare findings with."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from zoo_stad.arrays import Ints
from zoo_stad.bsn import as_text
from zoo_stad.city import City
from zoo_stad.planting import CLEARED, COLLECTED, FLIPPED, WITHOUT_INCOME


@dataclass(frozen=True)
class Truth:
    """Table per file name (without the dirt), and the explanation in Dutch."""

    tables: dict[str, pl.DataFrame]
    explanation: str


def planted_truth(city: City, persons: int, seed: int, dirty: bool) -> Truth:
    """All planted facts of a city, sorted by identifier."""
    homes, people, sales = city.dwellings, city.people, city.transactions

    def dwellings(which: Ints) -> pl.DataFrame:
        return pl.DataFrame({"verblijfsobject_id": homes.bag_text(which).sort()})

    def citizens(bsns: Ints) -> pl.DataFrame:
        return pl.DataFrame({"bsn": as_text(bsns).sort()})

    tables = {
        "doorsluishuizen.csv": dwellings(np.flatnonzero(sales.flipped)),
        "windhappers.csv": citizens(people.bsn[city.ownership.without_income]),
        "verzamelaars.csv": citizens(people.bsn[city.ownership.collectors]),
        "multi_bestuurders.csv": citizens(city.directors.multi),
        "zelfde_dag.csv": dwellings(np.flatnonzero(sales.same_day)),
        "hennep_na_verhuizingen.csv": dwellings(city.clearances.dwelling[city.clearances.after_moves]),
        "hotspots.csv": _hotspots(city),
    }
    return Truth(tables, _explanation(city, tables, persons, seed, dirty))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def _hotspots(city: City) -> pl.DataFrame:
    areas = city.areas
    reasons = {
        "vastgoed": (
            f"geplant, ongeveer: {_percent(FLIPPED.hotspot)} doorsluishuizen (elders {_percent(FLIPPED.ordinary)}), "
            f"{_percent(COLLECTED.hotspot)} woningen van verzamelaars (elders {_percent(COLLECTED.ordinary)}), "
            f"{_percent(WITHOUT_INCOME.hotspot)} woningen van windhappers (elders {_percent(WITHOUT_INCOME.ordinary)})"
        ),
        "drugs": (
            f"geplant, ongeveer: {_percent(CLEARED.hotspot)} woningen met hennepruiming "
            f"(elders {_percent(CLEARED.ordinary)}), de meeste na drie of meer verhuizingen, "
            "tweeënhalf keer zoveel incidenten, kortere huurduur"
        ),
    }
    rows = [
        {"buurtcode": areas.codes[i], "thema": theme, "reden": reasons[theme]}
        for theme, hot in (("vastgoed", areas.property_hotspot), ("drugs", areas.drugs_hotspot))
        for i in np.flatnonzero(hot).tolist()
    ]
    schema = {"buurtcode": pl.String, "thema": pl.String, "reden": pl.String}
    return pl.DataFrame(rows, schema=schema).sort("buurtcode", "thema")


def _explanation(city: City, tables: dict[str, pl.DataFrame], persons: int, seed: int, dirty: bool) -> str:
    both = int((city.areas.property_hotspot & city.areas.drugs_hotspot).sum())
    count = {name.removesuffix(".csv"): len(table) for name, table in tables.items()}
    near = int(city.transactions.five_in_longer.sum())
    four = int((city.transactions.sold == 4).sum())
    return f"""# Wat er in deze synthetische stad is geplant

Deze stad bestaat niet. Namen, nummers en adressen zijn door een programma gemaakt ({persons} inwoners,
{len(city.areas)} buurten, {len(city.areas.gemeente_names)} gemeenten, zaad {seed}). De BSN's voldoen aan de elfproef en
kunnen dus toevallig ook aan een bestaand mens zijn uitgegeven; zij zeggen niets over die mens.

De bestanden in deze map bevatten ruwe identificerende nummers en horen bij zone 1 en de tests.

| bestand | aantal | wat geplant is | wat erop lijkt en het niet is |
|---|---|---|---|
| doorsluishuizen.csv | {count["doorsluishuizen"]} | vijf of meer verkopen (tot veertig) binnen 6900 dagen | \
{four} woningen met precies vier verkopen; {near} met vijf verkopen in meer dan twintig jaar |
| zelfde_dag.csv | {count["zelfde_dag"]} | twee verkopen op een dag, de tweede duurder | elders ten minste {
        20
    } dagen ertussen |
| windhappers.csv | {count["windhappers"]} | eigenaar zonder enig inkomen in 2016, een enkele met verlies | \
eigenaren met alleen een klein pensioen; volwassenen zonder inkomen of zonder woning; eigenaren van elders |
| verzamelaars.csv | {count["verzamelaars"]} | natuurlijk persoon met drie of meer woningen (minder dan 0,9 % van de \
eigenaren) | eigenaren met twee woningen; rechtspersonen met veel meer |
| multi_bestuurders.csv | {count["multi_bestuurders"]} | bestuurder van vijf tot negen stichtingen op 31-12-2016 | \
vier stichtingen en een beëindigde functie, een bv of een vereniging |
| hennep_na_verhuizingen.csv | {
        count["hennep_na_verhuizingen"]
    } | ruiming na drie tot vijf personen die elk op een eigen \
dag kwamen wonen, in de twee jaar ervoor | ruimingen na ten hoogste twee; een derde persoon net voor die twee jaar |
| hotspots.csv | {count["hotspots"]} | buurten waar meer is geplant, met reden ({both} voor beide thema's) | |

Geplant is per buurt, met enige spreiding: zie de redenen in hotspots.csv. Op schone leveringen zijn deze lijsten
precies wat de definities vinden. {
        "Deze leveringen zijn vuil gemaakt; vuil.csv telt hoe. Schrijfwijze en verloren nullen zijn te herstellen, "
        "ontbrekende toevoegingen en dode codes kosten koppelingen."
        if dirty
        else "Deze leveringen zijn schoon; vuil.csv is leeg."
    }
"""
