"""What the city planted is what the indicators find: exactly on clean data, and nearly so on dirty data.

The truth names raw identifiers; only zone 1's secret, which the test borrows, can say which pseudonyms these have.
"""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from pseudonimisering.custody import Custody
from tests.end_to_end.world import build, make_city
from zoo_analyse import indicators
from zoo_project import open_project

# indicator -> file of the truth, the domain of its identifiers, where the found units stand in the indicator's rows
PLANTED = {
    "doorsluishuis": ("doorsluishuizen", "verblijfsobject", "adres"),
    "doorverkoop_zelfde_dag": ("zelfde_dag", "verblijfsobject", "adres"),
    "hennep_na_verhuizingen": ("hennep_na_verhuizingen", "verblijfsobject", "adres"),
    "windhapper": ("windhappers", "persoon", "eigenaren"),
    "verzamelaar": ("verzamelaars", "persoon", "eigenaren"),
    "multi_bestuurder": ("multi_bestuurders", "persoon", "personen"),
}


def _world(base: Path, dirt: str) -> tuple[Path, Path]:
    city = make_city(base, "--personen", "20000", "--gemeenten", "2", "--seed", "11", dirt)
    build(base / "keten", city)
    return city, base / "keten"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return _world(tmp_path_factory.mktemp("schoon"), "--schoon")


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return _world(tmp_path_factory.mktemp("vuil"), "--vuil")


def _planted(city: Path, chain: Path, indicator: str) -> set[UUID]:
    name, domain, _ = PLANTED[indicator]
    identifiers = pl.read_csv(city / f"truth/{name}.csv", infer_schema=False).to_series(0)
    key = Custody(chain / "zone1/geheimen").project_secret("stad-test").domain_key(domain)
    return {UUID(bytes=value) for value in key.pseudonyms(identifiers).to_pylist()}


def _found(chain: Path, indicator: str) -> set[UUID]:
    """The units that an indicator points at: dwellings, or the natural persons who own or govern what it points at."""
    column = PLANTED[indicator][2]
    rows = open_project(chain / "werk").indicator(indicator)
    pointed = rows.loc[rows["waarde"].fillna(False), column]
    if indicator == "multi_bestuurder":
        # A foundation is pointed at for one of its directors; whoever is in enough of them is meant.
        counted = pointed.explode().value_counts()
        values = list(counted.index[counted >= indicators.get(indicator).parameters["minimum"].standaard])
    else:
        values = [unit for units in pointed for unit in units] if column == "eigenaren" else list(pointed)
    return {_uuid(value) for value in values}


def _uuid(value: object) -> UUID:
    """Undo the display form `p` + base32 of zone 2."""
    import base64

    text = str(value)
    if text.startswith("p") and len(text) == 27:
        return UUID(bytes=base64.b32decode(text[1:].upper() + "======"))
    return UUID(text)


@pytest.mark.parametrize("indicator", sorted(PLANTED))
def test_every_planted_unit_is_found_and_none_else_on_clean_data(clean: tuple[Path, Path], indicator: str) -> None:
    planted, found = _planted(*clean, indicator), _found(clean[1], indicator)
    assert len(planted) >= 3
    assert found == planted


@pytest.mark.parametrize("indicator", sorted(PLANTED))
def test_precision_and_recall_on_dirty_data(
    dirty: tuple[Path, Path], indicator: str, record_property: Callable[[str, object], None]
) -> None:
    planted, found = _planted(*dirty, indicator), _found(dirty[1], indicator)
    precision, recall = len(planted & found) / len(found), len(planted & found) / len(planted)
    record_property("planted", f"{indicator:<24} precision {precision:.3f}  recall {recall:.3f}  of {len(planted)}")
    assert precision >= 0.99
    assert recall >= 0.90
