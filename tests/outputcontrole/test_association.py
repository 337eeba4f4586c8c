"""Correlations, tests, components and importances against scipy and numpy on the same rows, and their refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer
from tests.outputcontrole.world import INHABITANTS, Column, World, build, share, uuid
from zoo_formaat.errors import UserError

N = 300
COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("a", "number", None, None),
    ("b", "number", None, None),
    ("c", "integer", None, None),
    ("d", "number", None, None),
    ("e", "number", None, None),
    ("nul_een", "integer", None, None),
    ("groep", "string", None, None),
    ("soort", "string", None, None),
    ("kant", "boolean", None, None),
]
NAMES = [name for name, *_ in COLUMNS]


def sample() -> pd.DataFrame:
    draw = np.random.default_rng(9)
    common, other = draw.normal(size=(2, N))
    frame = pd.DataFrame(
        {
            "a": (common + draw.normal(size=N)).round(3),
            "b": (2 * common - draw.normal(size=N)).round(3),
            "c": np.round(100 * other + 50 * draw.normal(size=N)).astype(int),
            "d": (other + 0.5 * draw.normal(size=N)).round(3),
            "e": draw.exponential(size=N).round(3),
            "groep": draw.choice(["noord", "oost", "zuid"], N),
            "kant": draw.integers(0, 2, N).astype(bool),
        }
    )
    frame["nul_een"] = frame["kant"].astype(int)
    frame["soort"] = np.where(draw.uniform(size=N) < 0.3 + 0.2 * (frame["groep"] == "oost"), "rood", "blauw")
    frame["a"] += 0.5 * (frame["groep"] == "zuid")
    return frame


def rows_of(frame: pd.DataFrame, persons: int = N) -> list[list[Any]]:
    rows = []
    for i, row in enumerate(frame.to_dict("records")):
        values = {k: None if isinstance(v, float) and pd.isna(v) else v for k, v in row.items()}
        rows.append([{"wie": uuid("p", i % persons), **values}.get(name) for name in NAMES])
    return rows


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return sample()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> World:
    outlier = frame.copy()
    outlier.loc[5, "a"] = 1e7
    gaps = frame.copy()
    gaps.loc[:49, "a"] = np.nan
    gaps.loc[25:74, "b"] = np.nan
    three_gaps = frame.copy()
    three_gaps.loc[:2, "b"] = np.nan
    infinite = frame.copy()
    infinite.loc[0, "a"] = -np.inf
    single = frame.copy()
    single.loc[4, ["groep", "soort"]] = "x'); DROP"
    apart = frame.assign(a=frame["a"] + 100 * (frame["groep"] == "zuid"))
    # everybody twice; one in two is red once and blue once
    person = np.arange(N) % 150
    red = (person // 3 % 2 == 1) ^ ((person // 6 % 2 == 1) & (np.arange(N) >= 150))
    twice = frame.assign(groep=np.array(["noord", "oost", "zuid"])[person % 3], soort=np.where(red, "rood", "blauw"))
    tables = {
        "rijen": rows_of(frame),
        "andersom": [*reversed(rows_of(frame))],
        "uitschieter": rows_of(outlier),
        "gaten": rows_of(gaps),
        "drie_gaten": rows_of(three_gaps),
        "oneindig": rows_of(infinite),
        "een": rows_of(single),
        "apart": rows_of(apart),
        "dubbel": rows_of(frame.assign(b=3 - 2 * frame["a"])),
        "som": rows_of(frame.assign(e=frame["a"] + frame["b"])),
        "constant": rows_of(frame.assign(a=2.0)),
        "bijna": rows_of(frame.assign(a=np.where(np.arange(N) < 8, np.arange(N), 0.0))),
        "acht": rows_of(frame, persons=8),
        "dertien": rows_of(frame, persons=11),
        "herhaald": rows_of(twice, persons=150),
        "scheef": rows_of(frame.assign(soort=np.where(np.arange(N) % 25 == 0, "rood", "blauw"))),
    }
    extra = {"data": {name: (COLUMNS, rows) for name, rows in tables.items()}}
    return build(tmp_path_factory.mktemp("samenhang") / "w", extra=extra, leaf_min=3)


DENSITY = {
    "soort": "dichtheid",
    "naam": "woningen",
    "bron": {"tabel": "bag.woningen"},
    "tel": "woning",
    "per": "gebieden.buurten.inwoners",
}


def source(table: str, **changes: Any) -> dict[str, Any]:
    return {"bron": {"tabel": f"data.{table}"}, "tel": "wie", **changes}


def matrix(table: str = "rijen", **changes: Any) -> dict[str, Any]:
    return {"soort": "correlatie", **source(table), "kolommen": ["a", "b", "c", "d"], **changes}


def test_of(toets: str, table: str = "rijen", **changes: Any) -> dict[str, Any]:
    more: dict[str, Any] = {"maat": "a"}
    if toets in {"t", "mann_whitney", "ks"}:
        more["groepen"] = ["noord", "zuid"]
    if toets == "chi2":
        more = {"kenmerk": "soort"}
    return {"soort": "toetsing", **source(table), "toets": toets, "groep": "groep", **more, **changes}


test_of.__test__ = False  # type: ignore[attr-defined]


def factors(table: str = "rijen", **changes: Any) -> dict[str, Any]:
    return {"soort": "factoranalyse", **source(table), "kolommen": ["a", "b", "c", "d", "e"], **changes}


def published(found: Answer, file: str) -> dict[str, Any]:
    assert found.verdict is Verdict.FREE, [finding.record() for finding in found.findings]
    record: dict[str, Any] = json.loads(found.files[file])
    assert "tabel.html" in found.files
    return record


def reasons(found: Answer) -> str:
    assert found.verdict is Verdict.REFUSED
    assert not found.files
    return json.dumps(found.record(), ensure_ascii=False)


def three(number: float) -> float:
    return float(f"{number:.3g}")


@pytest.mark.parametrize("method", ["pearson", "spearman", "covariantie"])
@pytest.mark.parametrize("missing", ["volledig", "paarsgewijs"])
def test_a_matrix_is_that_of_pandas(data: World, frame: pd.DataFrame, method: str, missing: str) -> None:
    table = "rijen" if missing == "volledig" else "gaten"
    frame = frame.copy()
    if table == "gaten":
        frame.loc[:49, "a"] = np.nan
        frame.loc[25:74, "b"] = np.nan
    columns = ["a", "b", "c", "d"] if table == "rijen" else ["a", "b", "c"]
    record = published(
        answer(data, matrix(table, methode=method, ontbrekend=missing, kolommen=columns)), "correlatie.json"
    )
    numbers = frame[columns].astype(float)
    expected = numbers.cov() if method == "covariantie" else numbers.corr(method=method)  # type: ignore[arg-type]
    there = numbers.notna().astype(int)
    units = there.T @ there
    for row in record["paren"]:
        pair = (row["kolom_1"], row["kolom_2"])
        assert row[method] == three(float(expected.loc[pair]))  # type: ignore[arg-type]
        assert row["eenheden"] == units.loc[pair]  # type: ignore[index]
    k = len(columns)
    assert len(record["paren"]) == (k * (k + 1) // 2 if method == "covariantie" else k * (k - 1) // 2)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (matrix("dubbel"), "volgt dan uit de andere"),
        (matrix("dubbel", methode="spearman"), "volgt dan uit de andere"),
        (matrix("dubbel", methode="covariantie"), "volgt dan uit de andere"),
        (matrix(kolommen=["a", "nul_een"]), "maar twee waarden"),
        (matrix("constant"), "overal dezelfde waarde"),
        (matrix("bijna"), "wijken af"),
        (matrix("oneindig"), "geen eindig getal"),
        (matrix("acht"), "drempel"),
        (matrix("dertien"), "vrijheidsgraden"),
        (matrix("uitschieter", methode="covariantie"), "invloed"),
        (matrix("drie_gaten", ontbrekend="paarsgewijs"), "herleidbaar"),
        (matrix(kolommen=["a", "wie"]), "is een pseudoniem"),
        (matrix(kolommen=["a", "soort"]), "is geen getal"),
        (factors("dubbel"), "volgt dan uit de andere"),
        (factors("som"), "volgt dan uit de andere"),
        (factors("constant"), "overal dezelfde waarde"),
        (factors("bijna"), "wijken af"),
        (factors("dertien"), "vrijheidsgraden"),
        (factors("acht"), "drempel"),
        (factors(kolommen=["a", "b", "nul_een"]), "maar twee waarden"),
        (factors("oneindig"), "geen eindig getal"),
        (test_of("anova", "een"), "drempel"),
        (test_of("chi2", "een"), "drempel"),
        (test_of("chi2", "scheef"), "groepsonthulling"),
        (test_of("chi2", "herhaald"), "meer dan één cel"),
        (test_of("t", "acht"), "drempel"),
        (test_of("t", "dertien"), "groepsonthulling"),
        (test_of("t", "apart"), "overlappen niet"),
        (test_of("mann_whitney", "apart"), "overlappen niet"),
        (test_of("ks", "apart"), "overlappen niet"),
        (test_of("t", "constant"), "overal dezelfde waarde"),
        (test_of("t", "bijna"), "wijken af"),
        (test_of("t", "oneindig"), "geen eindig getal"),
        (test_of("t", maat="nul_een"), "chi2"),
        (test_of("t", maat="wie"), "is een pseudoniem"),
        (test_of("t", groepen=["noord", "x' OR 1=1"]), "nul"),
    ],
)
def test_what_tells_of_one_unit_is_refused(data: World, asked: dict[str, Any], expected: str) -> None:
    words = reasons(answer(data, asked))
    assert expected in words
    assert "DROP" not in words
    assert "OR 1=1" not in words


def test_tests_between_groups_are_those_of_scipy(data: World, frame: pd.DataFrame) -> None:
    groups = [held["a"].to_numpy() for _, held in frame.groupby("groep")]
    north, south = groups[0], groups[2]
    welch = stats.ttest_ind(north, south, equal_var=False)
    record = published(answer(data, test_of("t")), "toets.json")
    assert (record["t"], record["vrijheidsgraden_1"]) == (three(welch.statistic), three(welch.df))
    assert record["p"] == max(three(welch.pvalue), 0.001)
    assert record["eenheden"] == [len(north), len(south)]
    anova = stats.f_oneway(*groups)
    record = published(answer(data, test_of("anova")), "toets.json")
    assert (record["f"], record["vrijheidsgraden_1"], record["vrijheidsgraden_2"]) == (three(anova.statistic), 2, N - 3)
    kruskal = stats.kruskal(*groups)
    record = published(answer(data, test_of("kruskal")), "toets.json")
    assert (record["h"], record["p"]) == (three(kruskal.statistic), max(three(kruskal.pvalue), 0.001))
    u = stats.mannwhitneyu(north, south, method="asymptotic")
    record = published(answer(data, test_of("mann_whitney")), "toets.json")
    assert (record["u"], record["p"]) == (three(u.statistic), max(three(u.pvalue), 0.001))
    d = stats.ks_2samp(north, south, method="asymp")
    record = published(answer(data, test_of("ks")), "toets.json")
    assert (record["d"], record["p"]) == (three(d.statistic), max(three(d.pvalue), 0.001))


def test_chi_square_of_a_table_that_may_be_shown(data: World, frame: pd.DataFrame) -> None:
    record = published(answer(data, test_of("chi2")), "toets.json")
    counts = pd.crosstab(frame["groep"], frame["soort"]).to_numpy()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    assert (record["chi2"], record["vrijheidsgraden_1"]) == (three(chi2), 2)
    assert record["cramers_v"] == three(np.sqrt(chi2 / N))
    assert record["p"] == pytest.approx(max(three(np.exp(-chi2 / 2)), 0.001))
    assert record["eenheden"] == [N]


def test_components_are_eigenvectors_of_the_correlations(data: World, frame: pd.DataFrame) -> None:
    record = published(answer(data, factors(componenten=2)), "factoranalyse.json")
    numbers = frame[["a", "b", "c", "d", "e"]].to_numpy(dtype=float)
    standard = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    # the singular values of the standardised rows, not of their correlations
    _, sizes, directions = np.linalg.svd(standard, full_matrices=False)
    for number in range(2):
        shown = [record["ladingen"][name][f"component_{number + 1}"] for name in ("a", "b", "c", "d", "e")]
        expected = directions[number] * sizes[number] / np.sqrt(N)
        expected *= np.sign(expected[np.abs(expected).argmax()])
        assert shown == [three(value) for value in expected]
        assert record["verklaarde_variantie"][f"component_{number + 1}"] == three(sizes[number] ** 2 / N / 5)


def test_rotation_keeps_what_is_explained_and_makes_it_simpler(data: World) -> None:
    plain = published(answer(data, factors()), "factoranalyse.json")
    turned = published(answer(data, factors(rotatie="varimax")), "factoranalyse.json")
    one, other = (np.array([list(row.values()) for row in found["ladingen"].values()]) for found in (plain, turned))
    assert np.allclose((one**2).sum(axis=1), (other**2).sum(axis=1), atol=0.01)
    assert (other**4).sum() > (one**4).sum()
    assert not np.allclose(one, other, atol=0.05)


def test_factors_leave_each_columns_own_variance_out(data: World) -> None:
    found = published(answer(data, factors(methode="factor")), "factoranalyse.json")
    whole = published(answer(data, factors()), "factoranalyse.json")
    assert found["verklaarde_variantie"]["component_1"] < whole["verklaarde_variantie"]["component_1"]
    # e has nothing in common with the others
    assert abs(found["ladingen"]["e"]["component_1"]) < 0.2 < found["ladingen"]["d"]["component_1"]


@pytest.mark.parametrize("asked", [matrix(), test_of("anova"), factors(rotatie="varimax"), test_of("chi2")])
def test_the_order_of_rows_does_not_matter(data: World, asked: dict[str, Any]) -> None:
    one = answer(data, asked)
    other = answer(data, {**asked, "bron": {"tabel": "data.andersom"}})
    assert one.verdict is Verdict.FREE
    assert one.tables == other.tables


def test_importances_come_from_shown_numbers(data: World) -> None:
    forest = {
        "soort": "bosbelang",
        "doel": share(),
        "kenmerken": [INHABITANTS, DENSITY],
        "aandeel": 0.3,
        "bomen": 60,
    }
    first, again = answer(data, forest), answer(data, forest)
    assert first.verdict is Verdict.PROTECTED, first.record()["bevindingen"][:2]
    assert dict(first.files) == dict(again.files)
    record = json.loads(first.files["bosbelang.json"])
    assert abs(sum(row["procent"] for row in record["belang"]) - 100) <= 1
    assert all(isinstance(row["procent"], int) for row in record["belang"])


@pytest.mark.parametrize(
    "asked",
    [
        matrix(kolommen=["a"]),
        matrix(kolommen=["a", "a"]),
        matrix(methode="kendall"),
        factors(componenten=5),
        factors(methode="scores"),
        test_of("t", groepen=None),
        test_of("t", groepen=["noord", "noord"]),
        test_of("anova", groepen=["noord", "zuid"]),
        test_of("chi2", maat="a"),
        test_of("chi2", kenmerk="groep"),
        {"soort": "bosbelang", "doel": share(), "kenmerken": [share("zelf"), INHABITANTS]},
    ],
)
def test_a_specification_that_cannot_be_is_an_error(data: World, asked: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        data.request(asked)


def test_unit_columns_that_are_lists(tmp_path: Path) -> None:
    """A row with two owners belongs to both; a unit that stands twice in a row is one."""
    from outputcontrole.row_units import RowUnits
    from outputcontrole.spec import IndicatorSource
    from zoo_formaat.package import FieldDescription

    rows = pd.DataFrame({"woning": list("abcd"), "eigenaren": [["p", "q"], ["p", "p"], [], ["r"]]})
    columns = {
        name: FieldDescription.model_validate({"name": name, "type": "uuid", "zoo:eenheid": kind})
        for name, kind in (("woning", "adres"), ("eigenaren", "eigenaar"))
    }
    units = RowUnits(rows, IndicatorSource(indicator="x"), columns)
    assert units.least(np.array([True, True, False, False])) == 2
    assert units.least(np.array([False, True, True, False])) == 1
    assert units.least(np.array([False, False, True, False])) == 1
    assert units.largest_share(np.array([1.0, 2.0, 0.0, 1.0])) == 0.75
    assert units.largest_share(np.zeros(4)) == 0
    assert units.largest_share(np.array([1.0, 2.0, 0.0, 1.0]), 2) == 1
    assert units.largest_share(np.array([1.0, 2.0, 3.0, 4.0]), 2) == pytest.approx(0.7)
