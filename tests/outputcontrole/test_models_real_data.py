"""Models on real microdata: what passes is what statsmodels says, what is refused is refused without a label.

ZOO_DATA names the folder that holds sdc_microdata/: the Adult census extract (UCI, 1994) and the CASC test data
(Current Population Survey, 1995).
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer
from tests.outputcontrole.test_regression import published, reasons, three
from tests.outputcontrole.world import Column, World, build, uuid

DATA = Path(os.environ.get("ZOO_DATA", Path(__file__).parents[3] / "shared/data")) / "sdc_microdata"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.exists(), reason=f"real data absent: {DATA}; set ZOO_DATA"),
]


def _table(frame: pd.DataFrame) -> tuple[list[Column], list[list[Any]]]:
    kinds = {"i": "integer", "f": "number", "b": "boolean"}
    columns: list[Column] = [("wie", "uuid", "persoon", "persoon")]
    columns += [(name, kinds.get(frame[name].dtype.kind, "string"), None, None) for name in frame]
    values = frame.astype(object).where(frame.notna(), None).to_numpy()
    return columns, [[uuid("p", i), *row] for i, row in enumerate(values)]


@pytest.fixture(scope="module")
def adult() -> pd.DataFrame:
    names = ["age", "workclass", "fnlwgt", "education-num", "sex", "hours-per-week", "income"]
    frame = pd.read_csv(DATA / "adult_uci.csv.gz", usecols=names).head(12_000)
    frame.columns = frame.columns.str.replace("-", "_")
    frame["workclass"] = frame["workclass"].str.strip()
    frame["sex"] = frame["sex"].str.strip()
    return frame.assign(income=frame["income"] == "large")


@pytest.fixture(scope="module")
def casc() -> pd.DataFrame:
    return pd.read_csv(DATA / "casc_census_1995.csv.gz").rename(columns=str.lower)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, adult: pd.DataFrame, casc: pd.DataFrame) -> World:
    extra = {"census": {"adult": _table(adult), "casc": _table(casc)}}
    return build(tmp_path_factory.mktemp("echt") / "w", extra=extra)


def _asked(table: str, **changes: Any) -> dict[str, Any]:
    return {"soort": "regressie", "bron": {"tabel": f"census.{table}"}, "tel": "wie", **changes}


def test_high_incomes_by_age_schooling_hours_and_sex(real: World, adult: pd.DataFrame) -> None:
    numbers = [{"kolom": name} for name in ("age", "education_num", "hours_per_week")]
    specification = _asked(
        "adult",
        model="logit",
        uitkomst="income",
        regressoren=[*numbers, {"kolom": "sex", "referentie": "Male"}],
        snijpunt=True,
    )
    record = published(answer(real, specification))
    known = adult.dropna(subset=["age", "education_num", "hours_per_week"])
    formula = "y ~ age + education_num + hours_per_week + C(sex, Treatment('Male'))"
    expected = smf.logit(formula, known.assign(y=known["income"].astype(int))).fit(disp=0)
    order = ["Intercept", "age", "education_num", "hours_per_week", "C(sex, Treatment('Male'))[T.Female]"]
    assert [row["coefficient"] for row in record["coefficienten"]] == [three(expected.params[name]) for name in order]
    assert [row["standaardfout"] for row in record["coefficienten"]] == [three(expected.bse[name]) for name in order]
    assert record["maten"]["pseudo_r2"] == three(expected.prsquared)


def test_a_class_of_work_that_few_have_is_refused_unnamed(real: World, adult: pd.DataFrame) -> None:
    rare = adult["workclass"].value_counts()
    assert rare.min() < 10
    regressors = [{"kolom": "age"}, {"kolom": "workclass", "referentie": "Private"}]
    found = answer(real, _asked("adult", model="logit", uitkomst="income", regressoren=regressors))
    assert "drempel" in reasons(found)
    assert str(rare.idxmin()) not in json.dumps(found.record())


def test_income_that_is_the_sum_of_its_parts_is_refused(real: World, casc: pd.DataFrame) -> None:
    exact = _asked("casc", uitkomst="ptotval", regressoren=[{"kolom": "pearnval"}, {"kolom": "pothval"}])
    assert "volledige verklaring" in reasons(answer(real, exact))
    fitted = smf.ols("np.log(fedtax) ~ np.log(agi) + emcontrb", casc[casc["fedtax"] > 0]).fit()
    taxed = _asked(
        "casc",
        uitkomst="fedtax",
        log_uitkomst=True,
        regressoren=[{"kolom": "agi", "log": True}, {"kolom": "emcontrb"}],
    )
    assert (casc["fedtax"] > 0).all()
    record = published(answer(real, taxed))
    assert record["maten"]["r2"] == three(fitted.rsquared)


def test_correlations_of_incomes(real: World, casc: pd.DataFrame) -> None:
    columns = ["agi", "fedtax", "intval", "ernval"]
    specification = {**_asked("casc"), "soort": "correlatie", "kolommen": columns}
    found = answer(real, specification)
    assert found.verdict is Verdict.FREE, found.record()
    expected = np.corrcoef(casc[columns].to_numpy().T)
    shown = {(row["kolom_1"], row["kolom_2"]): row["pearson"] for row in found.preview["paren"]}
    for i, one in enumerate(columns):
        for j in range(i + 1, len(columns)):
            assert shown[one, columns[j]] == three(expected[i, j])
    # a year's total income is its earnings and the rest: three numbers of which two make the third
    parts = {**specification, "soort": "factoranalyse", "kolommen": ["ptotval", "pearnval", "pothval"]}
    assert "samenhang" in reasons(answer(real, parts))
