"""Every example on the pages of the output rules, run through the checker on the real data it names.

The verdict and the rule stand in the sources of the pages, written by hand; sentences and shown lines in outcomes.json.
Numbers that would leave are held against the raw files, and what makes an example fail is looked up there.
"""

import ast
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import scipy.integrate
import scipy.stats
import statsmodels.formula.api as smf

from docs.rule_pages import about, read_outcomes, read_pages
from outputcontrole import checks
from outputcontrole.policy import Policy
from outputcontrole.spec import Output
from tests.end_to_end.rule_examples import outcome
from tests.outputcontrole.world import World
from tests.real_data import (
    ADULT,
    BUURTEN,
    CASC,
    HOUSES,
    KEY_FIGURES,
    LISTINGS,
    ROOT,
    UTILITIES,
    adults,
    build_real,
    houses,
    incomes,
    listings,
    needs,
    utilities,
)

PAGES = read_pages()
EXAMPLES = [(name, example) for name, page in PAGES.items() for example in page.example]
real_data = needs(ADULT, CASC, UTILITIES, LISTINGS, KEY_FIGURES, BUURTEN, HOUSES)
KINDS = {model.model_fields["soort"].default for model in get_args(get_args(Output)[0])}
FIVE = ["KY", "ND", "NE", "SD", "TN"]
Numbers = dict[tuple[str, ...], Any]


def budgeted(page: str, example: Any) -> Any:
    """Of every page one example that passes and one that fails are always run; the others in the full budget."""
    other = example.name not in {"passes", "fails"} and not os.environ.get("ZOO_FULL")
    marks = [pytest.mark.skipif(other, reason="full budget only: set ZOO_FULL")]
    return pytest.param(page, example, id=f"{page}: {example.name}", marks=marks)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_real(tmp_path_factory.mktemp("echt") / "w")


@pytest.mark.data
@real_data
@pytest.mark.parametrize(("page", "example"), [budgeted(page, example) for page, example in EXAMPLES])
def test_an_example_gets_what_its_page_says(page: str, example: Any, real: World, tmp_path: Path) -> None:
    found = outcome(real, example, tmp_path)
    assert found["verdict"] == example.verdict, found["findings"]
    if example.rule is not None:
        assert example.rule in {finding["rule"] for finding in found["findings"]}
        assert example.rule in {*PAGES[page].rules}
    again = "run `python -m tests.end_to_end.rule_examples` and `make docs`, and read what changed"
    assert found == read_outcomes()[page][example.name], again


# --- numbers on the pages against the raw files ----------------------------------------------------------------------


def published(page: str, example: str, column: int = -1) -> dict[tuple[str, ...], str]:
    """Return a column of the lines that a page shows, by the labels in front of it."""
    header, *rows = [line.split(";") for line in read_outcomes()[page][example]["lines"]]
    at = column % len(header)
    # totals of counts stand beside many numbers: labels are what is no number
    return {tuple(part for part in row[:at] if not part.replace(",", "").isdigit()): row[at] for row in rows}


def number(text: str) -> float:
    return float(text.replace(",", ".").replace("<", ""))


def check(shown: dict[tuple[str, ...], str], expected: Numbers, **tolerance: float) -> None:
    """Hold all shown numbers that are expected against what they must be; whole numbers exactly."""
    held = {label: text for label, text in shown.items() if label in expected and text != "."}
    assert held, (shown, expected)
    for label, text in held.items():
        if isinstance(expected[label], str):
            assert text == expected[label]
        elif isinstance(expected[label], int):
            assert int(text) == expected[label], label
        else:
            assert number(text) == pytest.approx(expected[label], **(tolerance or {"rel": 0.006})), label


def by_label(values: Any) -> Numbers:
    """Return a grouped result of pandas by its labels; counts as whole numbers."""
    whole = values.dtype.kind == "i"
    return {
        tuple(map(str, label)) if isinstance(label, tuple) else (str(label),): int(value) if whole else value
        for label, value in values.items()
    }


@real_data
def test_counts_on_the_pages_are_those_of_the_census() -> None:
    persons = adults()
    check(published("frequency-table", "passes"), by_label(persons.groupby(["opleiding", "geslacht"]).size()))
    check(published("frequency-table", "protected"), by_label(persons.groupby(["land", "geslacht"]).size()))
    check(published("microdata", "passes"), by_label(persons.groupby(["opleiding", "geslacht", "ras"]).size()))
    classes = ["minder dan 20", *(f"{age} tot {age + 10}" for age in range(20, 70, 10))]
    counts = np.histogram(persons["leeftijd"], [0, 20, 30, 40, 50, 60, 69.5])[0].tolist()
    for example in ("passes", "passes as a line", "passes as a density"):
        check(published("histogram-bar", example), {(label,): n for label, n in zip(classes, counts, strict=True)})
    young = persons[persons["leeftijd"] < 25]
    expected = {
        ("minder dan 25", f"{low} tot {low + 10}"): int(young["uren"].between(low, low + 9).sum())
        for low in (20, 30, 40)
    }
    check(published("scatter", "passes"), expected)
    young = persons[persons["leeftijd"] < 30]
    check(
        published("residual-plot", "passes"), {("minder dan 30", "20 tot 40"): int(young["uren"].between(20, 39).sum())}
    )


@real_data
def test_sums_ratios_and_concentration_on_the_pages_are_those_of_the_utilities() -> None:
    firms = utilities()
    firms = firms[firms["staat"].isin(FIVE)]
    sums = firms.groupby("staat").sum(numeric_only=True)
    check(published("total", "passes"), by_label(sums["omzet_industrie"]))
    check(published("total", "protected"), by_label(sums["omzet_handel"]))
    check(published("ratio", "passes"), by_label(1000 * sums["omzet_woningen"] / sums["levering_woningen"]))
    price, all_five = sums["omzet"] / sums["levering"], firms["omzet"].sum() / firms["levering"].sum()
    check(published("index-number", "passes"), by_label(100 * price / all_five))
    shares = firms.groupby(["staat", "bedrijf"])["omzet_industrie"].sum() / sums["omzet_industrie"]
    check(published("herfindahl", "passes"), by_label((shares**2).groupby("staat").sum()), abs=0.006)
    amounts = np.sort(utilities().groupby("bedrijf")["omzet"].sum())
    part = {(): 100 * amounts[: len(amounts) // 2].sum() / amounts.sum()}
    half = [line for line in read_outcomes()["gini-lorenz"]["passes as a curve"]["lines"] if line.startswith("50;")]
    assert number(half[0].split(";")[1]) == pytest.approx(part[()], abs=0.2)


@real_data
def test_means_spread_and_positions_on_the_pages_are_those_of_the_census() -> None:
    persons = adults()
    by_school = persons.groupby("opleiding")
    check(published("mean", "passes"), by_label(by_school["uren"].mean()), abs=0.51)
    weighted = (persons["uren"] * persons["gewicht"]).groupby(persons["opleiding"]).sum()
    mean = weighted / by_school["gewicht"].sum()
    check(published("mean", "passes with weights"), by_label(mean), abs=0.51)
    check(published("spread", "passes"), by_label(by_school["uren"].std()), rel=0.006)
    check(published("spread", "passes on shape"), by_label(persons.groupby("geslacht")["uren"].skew()))
    check(published("quantile", "passes", 3), by_label(by_school["leeftijd"].median()), abs=0.6)
    check(published("mode", "passes"), by_label(by_school["burgerlijke_staat"].agg(lambda held: held.mode()[0])))
    prices = listings().groupby("kamertype")["prijs"]
    longest = by_school["uren"].apply(lambda held: held.nlargest(10).mean())
    check(published("extremes", "passes"), by_label(longest))
    check(published("boxplot", "passes", 4), by_label(prices.median()), rel=0.01)
    check(published("boxplot", "passes", 6), by_label(prices.quantile(0.95)), rel=0.02)


@real_data
def test_concentration_on_the_pages_is_that_of_the_listings() -> None:
    held = listings().groupby(["kamertype", "aanbieder"])["recensies"].sum()
    largest, gini = {}, {}
    for kind, amounts in held.groupby("kamertype"):
        ordered = np.sort(amounts.to_numpy(dtype=float))
        largest[(str(kind),)] = 100 * ordered[-10:].sum() / ordered.sum()
        lorenz = np.concatenate([[0.0], np.cumsum(ordered) / ordered.sum()])
        gini[(str(kind),)] = 1 - 2 * scipy.integrate.trapezoid(lorenz, dx=1 / len(ordered))
    check(published("top-share", "passes"), largest, abs=0.51)
    check(published("gini-lorenz", "passes"), gini, abs=0.006)


@real_data
def test_models_on_the_pages_are_those_of_other_implementations() -> None:
    amounts, persons = incomes(), adults()
    fitted = smf.ols("np.log(fedtax) ~ np.log(agi) + emcontrb", amounts).fit()
    expected = {("ln(agi)", ""): fitted.params.iloc[1], ("emcontrb", ""): fitted.params.iloc[2]}
    check(published("linear-regression", "passes", 2), expected)
    known = persons[persons["hoog_inkomen"].notna()]
    known = known.assign(y=known["hoog_inkomen"].astype(int))
    logit = smf.logit("y ~ leeftijd + opleidingsjaren + C(geslacht, Treatment('Male'))", known).fit(disp=0)
    expected = {("leeftijd", ""): logit.params["leeftijd"], ("geslacht", "Female"): logit.params.iloc[1]}
    check(published("non-linear-regression", "passes", 2), expected)
    hours = [persons.loc[persons["geslacht"] == sex, "uren"] for sex in ("Male", "Female")]
    welch = scipy.stats.ttest_ind(*hours, equal_var=False)
    check(published("tests-and-fit", "passes"), {("t",): welch.statistic, ("vrijheidsgraden_1",): welch.df})
    table = pd.crosstab(persons["geslacht"], persons["burgerlijke_staat"])
    statistic = scipy.stats.chi2_contingency(table).statistic
    check(published("tests-and-fit", "passes on a table"), {("chi2",): statistic})
    pair = {("agi", other): amounts["agi"].corr(amounts[other]) for other in ("fedtax", "intval", "ernval")}
    check(published("correlation", "passes", 2), pair)
    columns = ["agi", "fedtax", "intval", "ernval", "statetax"]
    sizes, directions = np.linalg.eigh(np.corrcoef(amounts[columns].to_numpy().T))
    first = np.abs(directions[:, -1]) * np.sqrt(sizes[-1])
    check(published("factor-analysis", "passes", 1), {(name,): size for name, size in zip(columns, first, strict=True)})


@real_data
def test_shares_of_areas_on_the_pages_are_those_of_the_listings() -> None:
    adverts = listings()
    numbered = adverts[adverts["registratienummer"].notna()]
    double = numbered[numbered.groupby("registratienummer")["advertentie"].transform("nunique") >= 2]
    # the denominator of a share is every listing that should have a number, those without one included
    asked = adverts[adverts["vrijgesteld"].isna() | ~adverts["vrijgesteld"].fillna(False).astype(bool)]

    def wijk(frame: pd.DataFrame) -> Any:
        return frame.groupby("WK" + frame["buurtcode"].str[2:8])["advertentie"].nunique()

    share = 100 * wijk(double) / wijk(asked)
    check(published("map", "passes", 1), by_label(share.dropna()), abs=0.06)
    check(published("map", "passes", 2), by_label(wijk(double)))
    centre = (double["buurtcode"] < "BU0363B").sum()
    check(published("hit-rate", "passes"), {("GM0363",): 100 * centre / len(double)})


@real_data
def test_durations_and_sequences_on_the_pages_are_those_of_the_raw_files() -> None:
    years, renovated = houses()["jaren"].to_numpy(), houses()["verbouwd"].to_numpy()
    ends, left = [20, 40, 60, 80, 100], 1.0
    expected: dict[str, Numbers] = {"onder_risico": {}, "gebeurtenissen": {}, "overleving_procent": {}}
    for start, end in zip([0, *ends], ends, strict=False):
        at_risk, events = (years >= start).sum(), (renovated & (years >= start) & (years < end)).sum()
        left *= 1 - events / at_risk
        label = (f"{start} tot {end}" if start else f"minder dan {end}",)
        expected["onder_risico"][label], expected["gebeurtenissen"][label] = int(at_risk), int(events)
        expected["overleving_procent"][label] = 100 * left
    header = read_outcomes()["survival"]["passes"]["lines"][0].split(";")
    for name, numbers in expected.items():
        check(published("survival", "passes", header.index(name)), numbers, abs=0.06)
    firms = utilities()
    # a utility in two states of the country has two rows a month: equal ones are one, others follow by name
    steps = ["bedrijf", "maand", "meeste_omzet"]
    firms = firms.drop_duplicates(steps).sort_values(steps)
    follows = firms.groupby("bedrijf")["meeste_omzet"].shift(-1)
    moved = firms.assign(naar=follows)[follows.notna()]
    units = moved.groupby(["meeste_omzet", "naar"])["bedrijf"].nunique()
    check(published("sequences", "passes", 2), by_label(units))
    assert units["industrie", "handel"] == 4
    reviews = listings().groupby("aanbieder")["recensies"].sum()
    counted = {("ja",): int((reviews >= 25).sum()), ("nee",): int((reviews < 25).sum())}
    check(published("derived-data", "passes"), counted)


@real_data
def test_what_makes_examples_fail_is_so_in_the_raw_files() -> None:
    persons, firms, adverts, amounts = adults(), utilities(), listings(), incomes()
    assert persons["land"].value_counts().min() == 1
    trades = persons[persons["beroep"].isin(["Craft-repair", "Transport-moving"])]
    assert (trades.groupby("beroep")["geslacht"].apply(lambda sex: (sex == "Male").mean()) > 0.9).all()
    held = firms[firms["staat"].isin(FIVE)].groupby(["staat", "bedrijf"])[["omzet_handel", "omzet_industrie"]].sum()
    largest = held.groupby("staat").max() / held.groupby("staat").sum()
    assert largest.index[largest["omzet_handel"] > 0.5].tolist() == ["NE", "TN"]
    assert largest["omzet_industrie"].max() < 0.5
    assert held.groupby("staat").size().min() >= 10
    gains = persons.groupby("opleiding")["winst"]
    assert ((gains.max() / gains.sum()) > 0.5).sum() == 2 and gains.size().min() == 83
    weights = persons.loc[persons["sector"] == "Never-worked", "gewicht"]
    assert len(weights) == 10 and weights.sum() ** 2 / (weights**2).sum() < 10
    entire = adverts.loc[adverts["kamertype"] == "Entire home/apt", "prijs"].nlargest(10)
    assert entire.max() > entire.sum() / 2
    new = houses()[houses()["jaren"] < 10]
    assert len(new) > 2000 and new["verbouwd"].sum() == 3
    per_state = firms.groupby("staat")["bedrijf"].nunique()
    assert (per_state["CA"], per_state["SD"], per_state["TN"]) == (4, 13, 21)
    assert (amounts["ptotval"] == amounts["pearnval"] + amounts["pothval"]).mean() > 0.99
    white_or_black = persons[persons["ras"].isin(["White", "Black"])]
    assert (white_or_black.groupby("ras")["land"].apply(lambda land: (land == "United-States").mean()) > 0.9).all()
    shared = adverts[adverts["kamertype"] == "Shared room"]
    assert len(shared) == 38 and shared.loc[shared["prijs"].notna(), "aanbieder"].nunique() < 10
    assert ((adverts["kamertype"] == "Hotel room") & adverts["prijs"].notna()).sum() == 30


# --- what the pages cover --------------------------------------------------------------------------------------------


def rule_modules() -> Iterator[str]:
    """Every module that holds a rule: it names the rule in RULE."""
    for path in sorted(Path(str(checks.__file__)).parent.glob("*.py")):
        module = f"outputcontrole.checks.{path.stem}"
        if path.stem != "__init__" and hasattr(importlib.import_module(module), "RULE"):
            yield f"outputcontrole/checks/{path.name}"


def rule_names() -> set[str]:
    """Every name that a finding of the checker can carry, read from its code."""
    found: set[str] = set()
    for path in (ROOT / "outputcontrole").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id="RULE")], value=ast.Constant(value=str(name))):
                    found.add(name)
                case ast.Call(func=ast.Name(id="Finding"), args=[ast.Constant(value=str(name)), *_]):
                    found.add(name)
                case ast.keyword(arg="rule", value=ast.Constant(value=str(name))):
                    found.add(name)
    return found


def test_every_kind_of_output_is_on_a_page() -> None:
    shown = {kind for page in PAGES.values() for kind in page.kinds}
    assert shown == KINDS


def test_the_first_examples_of_every_page_are_one_that_passes_and_one_that_fails() -> None:
    for page in PAGES.values():
        assert {"passes", "fails"} <= {example.name for example in page.example}


def test_every_kind_has_an_example_of_its_own() -> None:
    asked = {example.specification["soort"] for _, example in EXAMPLES if example.specification is not None}
    assert asked >= KINDS


def test_every_rule_of_the_checker_is_on_a_page() -> None:
    shown = {file for page in PAGES.values() for file in page.files}
    assert set(rule_modules()) <= shown
    assert {rule for page in PAGES.values() for rule in page.rules} <= rule_names()


def test_every_page_names_files_and_numbers_that_exist() -> None:
    for page in PAGES.values():
        assert all((ROOT / path).is_file() for path in [*page.files, *page.tests])
        assert set(page.policy) <= set(Policy.model_fields) & set(about("policy"))


def test_every_page_has_an_example_that_fails_and_one_that_may_be_handed_in() -> None:
    for page in PAGES.values():
        verdicts = {example.verdict for example in page.example}
        assert verdicts & {"geweigerd", "fout"} and verdicts & {"vrij", "beschermd", "handmatig"}


def test_no_page_says_that_statistics_netherlands_requires_anything() -> None:
    for name in PAGES:
        text = (ROOT / "docs/reference/rules" / f"{name}.md").read_text("utf-8")
        assert "CBS" not in text and "requires" not in text
