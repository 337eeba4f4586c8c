"""Models on real microdata: what passes is what statsmodels says, what is refused is refused without a label.

ZOO_DATA names the folder that holds sdc_microdata/: the Adult census extract (UCI, 1994) and the CASC test data
(Current Population Survey, 1995).
"""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer
from tests.outputcontrole.test_regression import published, reasons, three
from tests.outputcontrole.world import World, build
from tests.real_data import ADULT, CASC, PERSON, adults, incomes, needs, table_of

pytestmark = [pytest.mark.data, needs(ADULT, CASC)]


@pytest.fixture(scope="module")
def adult() -> pd.DataFrame:
    """The first 12,000 persons, of whom the income is known."""
    return adults().head(12_000)


@pytest.fixture(scope="module")
def casc() -> pd.DataFrame:
    return incomes()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, adult: pd.DataFrame, casc: pd.DataFrame) -> World:
    units = {"persoon": PERSON}
    extra = {"census": {"adult": table_of(adult, units), "casc": table_of(casc, units)}}
    return build(tmp_path_factory.mktemp("echt") / "w", extra=extra)


def _asked(table: str, **changes: Any) -> dict[str, Any]:
    return {"soort": "regressie", "bron": {"tabel": f"census.{table}"}, "tel": "persoon", **changes}


def test_high_incomes_by_age_schooling_hours_and_sex(real: World, adult: pd.DataFrame) -> None:
    numbers = [{"kolom": name} for name in ("leeftijd", "opleidingsjaren", "uren")]
    specification = _asked(
        "adult",
        model="logit",
        uitkomst="hoog_inkomen",
        regressoren=[*numbers, {"kolom": "geslacht", "referentie": "Male"}],
        snijpunt=True,
    )
    record = published(answer(real, specification))
    known = adult.dropna(subset=["leeftijd", "opleidingsjaren", "uren"])
    formula = "y ~ leeftijd + opleidingsjaren + uren + C(geslacht, Treatment('Male'))"
    expected = smf.logit(formula, known.assign(y=known["hoog_inkomen"].astype(int))).fit(disp=0)
    order = ["Intercept", "leeftijd", "opleidingsjaren", "uren", "C(geslacht, Treatment('Male'))[T.Female]"]
    assert [row["coefficient"] for row in record["coefficienten"]] == [three(expected.params[name]) for name in order]
    assert [row["standaardfout"] for row in record["coefficienten"]] == [three(expected.bse[name]) for name in order]
    assert record["maten"]["pseudo_r2"] == three(expected.prsquared)


def test_a_class_of_work_that_few_have_is_refused_unnamed(real: World, adult: pd.DataFrame) -> None:
    rare = adult["sector"].value_counts()
    assert rare.min() < 10
    regressors = [{"kolom": "leeftijd"}, {"kolom": "sector", "referentie": "Private"}]
    found = answer(real, _asked("adult", model="logit", uitkomst="hoog_inkomen", regressoren=regressors))
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
