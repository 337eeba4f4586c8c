"""What leaves depends on data, question, policy and code alone: not on secrets, row order or threads."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import payload
from tests.end_to_end.world import REQUEST, build, make_city, release, shuffled


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same dirty city released twice: under other secrets, rows in another order, with one thread."""
    base = tmp_path_factory.mktemp("zelfde")
    city = make_city(base, "--personen", "30000", "--gemeenten", "3", "--seed", "7")
    first = release(build(base / "een", city), REQUEST, "--draden", "2")
    second = release(build(base / "twee", shuffled(city, base / "geschud", 5)), REQUEST, "--draden", "1")
    return first, second


def test_the_released_payload_is_the_same_to_the_byte(bundles: tuple[Path, Path]) -> None:
    first, second = (payload(bundle) for bundle in bundles)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first) > 15


def test_the_packages_behind_it_share_no_pseudonym(bundles: tuple[Path, Path]) -> None:
    import duckdb

    one, two = (bundle.parent.parent / "werk/pakketten/brp/personen.parquet" for bundle in bundles)
    with duckdb.connect() as connection:
        query = "SELECT count(*) FROM read_parquet($1) AS a JOIN read_parquet($2) AS b ON a.persoon = b.persoon"
        assert connection.execute(query, [str(one), str(two)]).fetchone() == (0,)
        rows = [connection.execute("SELECT count(*) FROM read_parquet($1)", [str(p)]).fetchone() for p in (one, two)]
    assert rows[0] == rows[1]
