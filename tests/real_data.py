"""Real data for tests: what is in each file, as tables that zone 1 could have delivered.

ZOO_DATA names the folder that holds the data, else it is looked for beside the repository; nothing of them is in the
repository. Each folder there has a README with source, publisher, year and licence.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from tests.outputcontrole.world import Column, Tables, World, uuid

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ZOO_DATA", ROOT.parent / "shared" / "data"))
ADULT = "sdc_microdata/adult_uci.csv.gz"
CASC = "sdc_microdata/casc_census_1995.csv.gz"
UTILITIES = "sdc_microdata/eia_utilities.csv.gz"
LISTINGS = "airbnb_amsterdam_2024/listings_pseudonymised.csv.gz"
KEY_FIGURES = "kwb_amsterdam_2020_2024/Kerncijfers_wijken_en_buurten_2024.csv"
BUURTEN = "kwb_amsterdam_2020_2024/buurten_amsterdam_2024_wgs84.geojson"
HOUSES = "king_county_house_sales_2014_2015/kc_house_data.csv.gz"

PERSON: tuple[str, str] = ("persoon", "persoon")
Units = Mapping[str, tuple[str, str]]
"""Column with running numbers -> protected unit and domain of the pseudonyms that take their place."""


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip tests without these files, saying which one is not there."""
    absent = next((DATA / name for name in names if not (DATA / name).exists()), None)
    return pytest.mark.skipif(absent is not None, reason=f"real data absent: {absent}; set ZOO_DATA")


def table_of(frame: pd.DataFrame, units: Units) -> tuple[list[Column], list[list[object]]]:
    """Return a frame as a table of a package: running numbers become pseudonyms, missing values become null."""
    kinds = {"i": "integer", "f": "number", "b": "boolean"}
    columns: list[Column] = []
    values: list[list[object]] = []
    for name in map(str, frame.columns):
        held = frame[name]
        if name in units:
            unit, domain = units[name]
            columns.append((name, "uuid", unit, domain))
            values.append([None if pd.isna(number) else uuid(domain, int(number)) for number in held])
        else:
            known = held.dropna()
            truth = held.dtype == object and all(isinstance(value, bool) for value in known)
            columns.append((name, "boolean" if truth else kinds.get(held.dtype.kind, "string"), None, None))
            values.append(held.astype(object).where(held.notna(), None).tolist())
    return columns, [list(row) for row in zip(*values, strict=True)]


def adults() -> pd.DataFrame:
    """UCI Adult: 48,842 persons of the US census of 1994."""
    frame = pd.read_csv(DATA / ADULT)
    for name in frame.select_dtypes(exclude="number"):
        frame[name] = frame[name].str.strip()
    names = {
        "age": "leeftijd",
        "workclass": "sector",
        "fnlwgt": "gewicht",
        "education": "opleiding",
        "education-num": "opleidingsjaren",
        "marital-status": "burgerlijke_staat",
        "occupation": "beroep",
        "race": "ras",
        "sex": "geslacht",
        "capital-gain": "winst",
        "hours-per-week": "uren",
        "native-country": "land",
        "income": "inkomen",
    }
    frame = frame.rename(columns=names)[list(names.values())]
    frame.insert(0, "persoon", range(len(frame)))
    known = frame["inkomen"].notna()
    return frame.assign(hoog_inkomen=(frame["inkomen"] == "large").astype(object).where(known, None))


def incomes() -> pd.DataFrame:
    """CASC test data: 1,080 persons of the US Current Population Survey of 1995, amounts only."""
    frame = pd.read_csv(DATA / CASC).rename(columns=str.lower)
    frame.insert(0, "persoon", range(len(frame)))
    return frame


def utilities() -> pd.DataFrame:
    """Sales and revenue of 258 US electric utilities in 1996, per state and month; without adjustments per state."""
    frame = pd.read_csv(DATA / UTILITIES)
    names = {
        "UTILITYID": "bedrijf",
        "STATE": "staat",
        "MONTH": "maand",
        "RESREVENUE": "omzet_woningen",
        "RESSALES": "levering_woningen",
        "COMREVENUE": "omzet_handel",
        "INDREVENUE": "omzet_industrie",
        "OTHREVENUE": "omzet_overig",
        "TOTREVENUE": "omzet",
        "TOTSALES": "levering",
    }
    frame = frame[frame["UTILITYID"] > 0].rename(columns=names)[list(names.values())].reset_index(drop=True)
    customers = frame[["omzet_handel", "omzet_industrie", "omzet_woningen"]]
    largest = customers.idxmax(axis=1).astype("str")
    return frame.assign(meeste_omzet=largest.str.removeprefix("omzet_"))


def listings() -> pd.DataFrame:
    """9,659 listings of Inside Airbnb in Amsterdam, September 2024; 'Exempt' is a fact and no registration number."""
    frame = pd.read_csv(DATA / LISTINGS)
    licence = frame["license_pseudo"]
    return pd.DataFrame(
        {
            "advertentie": frame["listing_no"],
            "aanbieder": frame["host_no"],
            "registratienummer": licence.where(licence != "L00044").str.removeprefix("L").astype("float64"),
            "vrijgesteld": (licence == "L00044").astype(object).where(licence.notna(), None),
            "kamertype": frame["room_type"],
            "prijs": frame["price"],
            "nachten": frame["minimum_nights"],
            "recensies": frame["number_of_reviews"],
            "buurtcode": frame["cbs_bu_code"],
        }
    )


def houses() -> pd.DataFrame:
    """Houses sold in King County in 2014 and 2015, each once: years from building to renovation, or to 2015 without.

    Houses of which the year of renovation is not known, or lies before that of building, are left out.
    """
    frame = pd.read_csv(DATA / HOUSES).drop_duplicates("id").reset_index(names="woning")
    frame = frame[frame["yr_renovated"].notna()]
    renovated = frame["yr_renovated"] > 0
    years = frame["yr_renovated"].where(renovated, 2015) - frame["yr_built"]
    found = pd.DataFrame(
        {
            "woning": frame["woning"],
            "jaren": years.astype("int64"),
            "verbouwd": renovated,
            "waterkant": frame["waterfront"],
            "staat": frame["condition"],
        }
    )
    return found[found["jaren"] >= 0].reset_index(drop=True)


def buurten() -> pd.DataFrame:
    """The open map of Amsterdam's 518 buurten in 2024 with key figures of Statistics Netherlands, NaN where unknown."""
    features = json.loads((DATA / BUURTEN).read_bytes())["features"]
    areas = pd.DataFrame(
        {
            "buurtcode": [feature["properties"]["cbsCode"] for feature in features],
            "geometrie": [json.dumps(feature["geometry"]) for feature in features],
        }
    )
    columns = {
        "Population_Total": "inwoners",
        "Avg_Household_Size": "huishoudensgrootte",
        "Avg_Property_Value_1000EUR": "woningwaarde",
        "Pct_Rental": "huurwoningen",
        "Pct_Low_Income_Households": "lage_inkomens",
    }
    figures = pd.read_csv(DATA / KEY_FIGURES, sep=";", dtype=str).set_index("Area_Code")[list(columns)]
    figures = figures.rename(columns=columns).apply(lambda held: pd.to_numeric(held.str.replace(",", ".")))
    return areas.join(figures, on="buurtcode")


def tables() -> dict[str, Tables]:
    """Return all of these as the tables of packages."""
    listed = {
        "advertentie": ("adres", "recordnummer:airbnb.advertenties"),
        "aanbieder": ("eigenaar", "airbnb.aanbieder"),
        "registratienummer": ("adres", "registratienummer"),
    }
    return {
        "gebieden": {"buurten": table_of(buurten(), {})},
        "census": {
            "volwassenen": table_of(adults(), {"persoon": PERSON}),
            "inkomens": table_of(incomes(), {"persoon": PERSON}),
        },
        "energie": {"bedrijven": table_of(utilities(), {"bedrijf": ("rechtspersoon", "rechtspersoon")})},
        "airbnb": {"advertenties": table_of(listings(), listed)},
        "huizen": {"woningen": table_of(houses(), {"woning": ("adres", "verblijfsobject")})},
    }


def build_real(root: Path) -> World:
    """Build a world of the real data alone, under the policy as it comes."""
    world = World(root)
    root.mkdir(parents=True, exist_ok=True)
    world.sources = tables()
    world.people()
    world.project()
    for source in world.sources:
        world.deliver(source)
    world.set_up()
    world.register()
    return world
