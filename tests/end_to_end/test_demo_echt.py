"""The run on real data: Inside Airbnb listings and CBS key figures of Amsterdam, up to the officers' table.

Nothing of these data is in the repository. ZOO_DATA names the folder that holds them.
"""

import os
import subprocess
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.end_to_end.conftest import BIN, ROOT

DATA = Path(os.environ.get("ZOO_DATA", ROOT.parent / "shared/data"))
LISTINGS = DATA / "airbnb_amsterdam_2024/listings_pseudonymised.csv.gz"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not LISTINGS.exists(), reason=f"real data absent: {LISTINGS}; set ZOO_DATA"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("echt") / "demo-echt"
    command = [str(BIN / "zoo-stad"), "demo-echt", "--data", str(DATA), "--uit", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return root, done.stdout


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(LISTINGS, dtype=str)


def test_five_protected_outputs_wait_and_demo_keys_release_nothing(run: tuple[Path, str]) -> None:
    root, said = run
    assert "(5 uitvoeren)" in said
    assert "Niet vrijgegeven" in said and "synthetisch" in said
    assert not list((root / "vrijgave").glob("*")) if (root / "vrijgave").exists() else True
    (request,) = (root / "zone3/registratie/aanvragen").glob("a-*")
    assert len([entry for entry in (request / "voorbeeld").iterdir() if entry.is_dir()]) == 5


def test_the_package_holds_every_listing_and_no_coordinate(run: tuple[Path, str], raw: pd.DataFrame) -> None:
    table = run[0] / "werk/pakketten/airbnb/advertenties.parquet"
    with duckdb.connect() as connection:
        columns = [
            row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(table)]).fetchall()
        ]
        query = "SELECT count(*), count(DISTINCT advertentie), count(DISTINCT aanbieder) FROM read_parquet($1)"
        counted = connection.execute(query, [str(table)]).fetchone()
    assert not {"latitude", "longitude", "host_no", "listing_no"} & set(columns)
    assert counted == (len(raw), raw["listing_no"].nunique(), raw["host_no"].nunique())


def test_shared_registration_numbers_are_those_of_the_raw_file(run: tuple[Path, str], raw: pd.DataFrame) -> None:
    """Published with the data: L00044 means exempt; 369 other numbers are shared by 847 listings."""
    numbers = raw.loc[raw["license_pseudo"] != "L00044", "license_pseudo"].dropna()
    shared = numbers.value_counts().loc[lambda count: count >= 2]
    assert (len(shared), int(shared.sum())) == (369, 847)
    table = run[0] / "werk/pakketten/airbnb/advertenties.parquet"
    query = """
        SELECT count(*), sum(n) FROM (
            SELECT count(*) AS n FROM read_parquet($1) WHERE registratienummer IS NOT NULL
            GROUP BY registratienummer HAVING count(*) >= 2
        )
    """
    with duckdb.connect() as connection:
        assert connection.execute(query, [str(table)]).fetchone() == (369, 847)
