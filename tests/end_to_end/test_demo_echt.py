"""The run on real data: Inside Airbnb listings and CBS key figures of Amsterdam, up to the officers' table.

Nothing of these data is in the repository. ZOO_DATA names the folder that holds them.
"""

import subprocess
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.end_to_end.conftest import BIN
from tests.real_data import DATA, LISTINGS, needs

pytestmark = [pytest.mark.data, needs(LISTINGS)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("echt") / "demo-echt"
    command = [str(BIN / "zoo-stad"), "demo-echt", "--data", str(DATA), "--uit", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return root, done.stdout


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(DATA / LISTINGS, dtype=str)


def test_five_protected_outputs_wait_and_demo_keys_release_nothing(run: tuple[Path, str]) -> None:
    root, said = run
    assert "(5 uitvoeren)" in said
    assert "Niet vrijgegeven" in said and "synthetisch" in said
    assert not (root / "vrijgave").exists()
    (request,) = (root / "zone3/registratie/aanvragen").glob("a-*")
    assert len([entry for entry in (request / "voorbeeld").iterdir() if entry.is_dir()]) == 5


def published(root: Path, name: str) -> pd.DataFrame:
    """The table that waits for the officers, by its first column; hidden cells are missing."""
    (file,) = root.glob(f"zone3/registratie/aanvragen/a-*/voorbeeld/{name}/tabel.csv")
    return pd.read_csv(file, sep=";", decimal=",", na_values=".", index_col=0)


def per_area(listings: pd.DataFrame) -> pd.Series:
    """Listings per buurt, wijk and gemeente."""
    code = listings["cbs_bu_code"]
    levels = [code, "WK" + code.str[2:8], "GM" + code.str[2:6]]
    return pd.concat([listings.groupby(level)["listing_no"].nunique() for level in levels])


def test_listings_per_thousand_dwellings_are_those_of_the_raw_files(run: tuple[Path, str], raw: pd.DataFrame) -> None:
    table = published(run[0], "kaart-dichtheid")
    shown = table["teller"].dropna()
    assert shown.index.str.startswith("BU").sum() > 200
    assert shown.astype(int).to_dict() == per_area(raw).reindex(shown.index).to_dict()
    figures = pd.read_csv(DATA / "kwb_amsterdam_2020_2024/Kerncijfers_wijken_en_buurten_2024.csv", sep=";", dtype=str)
    figures = figures[figures["Area_Code"].str.startswith("BU")].set_index("Area_Code")
    size = figures["Avg_Household_Size"].str.replace(",", ".").astype(float)
    dwellings = figures["Population_Total"].astype(float) / size
    buurten = shown[shown.index.str.startswith("BU")]
    expected = 1000 * buurten / dwellings.reindex(buurten.index)
    assert (table.loc[buurten.index, "advertenties_per_duizend_woningen"] - expected).abs().max() <= 0.06
    assert table.loc["GM0363", "advertenties_per_duizend_woningen"] == round(1000 * len(raw) / dwellings.sum(), 1)


def test_collectors_have_three_or_more_entire_homes(run: tuple[Path, str], raw: pd.DataFrame) -> None:
    homes = raw[raw["room_type"] == "Entire home/apt"]
    owned = homes["host_no"].value_counts()
    collected = homes[homes["host_no"].isin(owned.index[owned >= 3])]
    assert ((owned >= 3).sum(), len(collected)) == (72, 382)
    shown = published(run[0], "tabel-verzamelaars")["aantal"].dropna().astype(int)
    expected = per_area(collected)
    assert shown.drop("Totaal").to_dict() == expected.reindex(shown.index.drop("Totaal")).to_dict()
    assert shown["Totaal"] == 382
    # the rest is hidden: no wijk is shown with fewer than ten listings or hosts
    hosts = collected.groupby("WK" + collected["cbs_bu_code"].str[2:8])["host_no"].nunique()
    wijken = shown.index[shown.index.str.startswith("WK")]
    assert min(hosts.reindex(wijken).min(), expected.reindex(wijken).min()) >= 10


def test_double_numbers_per_wijk_are_those_of_the_raw_file(run: tuple[Path, str], raw: pd.DataFrame) -> None:
    numbered = raw[raw["license_pseudo"] != "L00044"]
    double = numbered[numbered.groupby("license_pseudo")["listing_no"].transform("nunique") >= 2]
    shown = published(run[0], "kaart-dubbel-nummer").dropna().drop("NL")
    assert len(shown) > 5
    assert shown["teller"].astype(int).to_dict() == per_area(double).reindex(shown.index).to_dict()
    assert shown["noemer"].astype(int).to_dict() == per_area(numbered).reindex(shown.index).to_dict()


def test_exempt_is_a_fact_and_no_number(run: tuple[Path, str]) -> None:
    """Published with the data: 693 listings say 'Exempt', 97 say nothing."""
    table = run[0] / "werk/pakketten/airbnb/advertenties.parquet"
    query = """
        SELECT vrijgesteld, count(*), count(registratienummer) FROM read_parquet($1)
        GROUP BY vrijgesteld ORDER BY vrijgesteld NULLS LAST
    """
    with duckdb.connect() as connection:
        found = connection.execute(query, [str(table)]).fetchall()
    assert found == [(False, 9659 - 693 - 97, 9659 - 693 - 97), (True, 693, 0), (None, 97, 0)]


def test_utrecht_has_its_111_buurten_from_open_figures(run: tuple[Path, str]) -> None:
    packages = run[0] / "werk-utrecht/pakketten"
    query = """
        SELECT count(*), count(geometrie) FROM read_parquet($1) JOIN read_parquet($2) ON gebiedscode = buurtcode
    """
    files = [str(packages / "gebieden/buurten.parquet"), str(packages / "kerncijfers/gebieden.parquet")]
    with duckdb.connect() as connection:
        assert connection.execute(query, files).fetchone() == (111, 111)


def test_a_folder_without_the_data_is_named_in_one_line(tmp_path: Path) -> None:
    command = [str(BIN / "zoo-stad"), "demo-echt", "--data", str(tmp_path), "--uit", str(tmp_path / "uit")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "ontbreekt" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "uit").exists()


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
