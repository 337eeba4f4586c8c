"""Regressions against statsmodels on the same rows, and against everything that a model could tell about one unit."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from outputcontrole.answer import Answer
from outputcontrole.spec import Verdict
from tests.outputcontrole.test_answers import answer, csv
from tests.outputcontrole.world import Column, World, build, uuid

N = 400
FORMULA = "~ x + z + C(soort, Treatment('b'))"
ORDER = ["Intercept", "x", "z", "C(soort, Treatment('b'))[T.a]", "C(soort, Treatment('b'))[T.c]"]
COLUMNS: list[Column] = [
    ("wie", "uuid", "persoon", "persoon"),
    ("thuis", "uuid", "huishouden", "huishouden"),
    ("x", "number", None, None),
    ("z", "number", None, None),
    ("w", "number", None, None),
    ("y", "number", None, None),
    ("ja", "boolean", None, None),
    ("nul_een", "integer", None, None),
    ("aantal", "integer", None, None),
    ("soort", "string", None, None),
    ("kant", "boolean", None, None),
    ("wijk", "string", None, None),
]
NAMES = [name for name, *_ in COLUMNS]


def sample(n: int = N, seed: int = 5) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "x": (3e5 + 1e5 * draw.normal(size=n)).round(2),
            "z": draw.uniform(size=n).round(4),
            "w": draw.uniform(0.5, 2, n).round(3),
            "soort": draw.choice(list("abc"), n),
            "kant": draw.integers(0, 2, n).astype(bool),
            "wijk": [f"wijk {g}" for g in draw.integers(0, 15, n)],
        }
    )
    shift = frame["wijk"].map(dict(zip(sorted(frame["wijk"].unique()), draw.normal(size=15), strict=True)))
    frame["y"] = (20 + frame["x"] / 1e5 + 3 * frame["z"] + (frame["soort"] == "a") + shift + draw.normal(size=n)).round(
        3
    )
    eta = -0.4 + frame["z"] + 0.5 * (frame["soort"] == "c") + (frame["x"] - 3e5) / 4e5
    frame["ja"] = draw.uniform(size=n) < 1 / (1 + np.exp(-eta))
    frame["nul_een"] = frame["ja"].astype(int)
    frame["aantal"] = draw.poisson(np.exp(eta - 0.3) * draw.gamma(1.5, 1 / 1.5, n))
    return frame


def rows_of(frame: pd.DataFrame, homes: int | None = None) -> list[list[Any]]:
    """Rows as zone 1 delivers them: a person each, two persons per household unless said otherwise."""
    rows = []
    for i, row in enumerate(frame.to_dict("records")):
        values = {
            "wie": uuid("p", row.get("persoon", i)),
            "thuis": uuid("h", i % homes if homes else i // 2),
            **{name: None if isinstance(value, float) and pd.isna(value) else value for name, value in row.items()},
        }
        rows.append([values.get(name) for name in NAMES])
    return rows


def world_of(root: Path, **tables: Sequence[list[Any]]) -> World:
    return build(root / "w", extra={"model": {name: (COLUMNS, [*rows]) for name, rows in tables.items()}})


def asked(table: str = "rijen", **changes: Any) -> dict[str, Any]:
    return {
        "soort": "regressie",
        "bron": {"tabel": f"model.{table}"},
        "model": "ols",
        "uitkomst": "y",
        "regressoren": [{"kolom": "x"}, {"kolom": "z"}, {"kolom": "soort", "referentie": "b"}],
        "tel": "wie",
        **changes,
    }


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return sample()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame) -> World:
    """One world with a table per hostile case; the first is the ordinary one."""
    one = frame.copy()
    one.loc[7, "soort"] = "x'); DROP TABLE alles; --"
    three = frame.copy()
    three.loc[:2, "soort"] = '=zeldzaam;"|\n'
    leverage = frame.copy()
    leverage.loc[3, "x"] = 1e12
    outlier = frame.copy()
    outlier.loc[frame.index[frame["soort"] == "a"][0], "y"] = 1e6
    handful = frame.copy()
    handful.loc[:3, "x"] = 1e12
    unknown = frame.astype({"ja": object})
    unknown.loc[:4, "ja"] = None
    # of the known ones of a kind nearly all say yes; of all of them seven in ten do
    mostly = frame.astype({"ja": object})
    kind = frame.index[frame["soort"] == "a"]
    mostly.loc[kind[:-105], "ja"] = None
    mostly.loc[kind[-105:], "ja"] = True
    mostly.loc[kind[-100::10], "ja"] = False
    infinite = frame.copy()
    infinite.loc[11, "x"] = np.inf
    huge = frame.copy()
    huge["aantal"] = 2**62 - 17 * np.arange(N)
    few = frame.assign(x=np.where(np.arange(N) < 5, 7.0, 0.0), z=(frame["z"] > 0.5) * 1.0)
    exact = frame.assign(y=3 + 2 * frame["x"])
    apart = frame.assign(ja=frame["x"] > 3e5, nul_een=np.where(frame["soort"] == "a", 1, frame["nul_een"]))
    gaps = frame.copy()
    gaps.loc[:39, "x"] = np.nan
    copies = pd.concat([frame.head(12).assign(persoon=range(12))] * 20, ignore_index=True)
    return world_of(
        tmp_path_factory.mktemp("modellen"),
        rijen=rows_of(frame),
        andersom=rows_of(frame.assign(persoon=range(N)).iloc[::-1].reset_index(drop=True)),
        een=rows_of(one),
        drie=rows_of(three),
        hefboom=rows_of(leverage),
        uitschieter=rows_of(outlier),
        onbekend=rows_of(unknown),
        bijna_alle=rows_of(mostly),
        handvol=rows_of(handful),
        zwaar=rows_of(frame.assign(w=np.where(np.arange(N) < 6, 1e9, 1.0))),
        oneindig=rows_of(infinite),
        reusachtig=rows_of(huge),
        weinig=rows_of(few),
        precies=rows_of(exact),
        gescheiden=rows_of(apart),
        gaten=rows_of(gaps),
        kopieen=rows_of(copies, homes=6),
        huishoudens=rows_of(frame, homes=8),
        constant=rows_of(frame.assign(x=5.0)),
        dubbel=rows_of(frame.assign(w=2 * frame["x"] + 3 * frame["z"])),
        halve=rows_of(frame.assign(w=frame["aantal"] / 2)),
        leeg=rows_of(frame.assign(x=np.nan)),
    )


def published(found: Answer) -> dict[str, Any]:
    assert found.verdict is Verdict.FREE, [finding.record() for finding in found.findings]
    record: dict[str, Any] = json.loads(found.files["model.json"])
    return record


def three(number: float) -> float:
    return float(f"{number:.3g}")


def reasons(found: Answer) -> str:
    assert found.verdict is Verdict.REFUSED
    assert not found.files
    return "\n".join(f"{finding.rule}: {finding.sentence} | {finding.remedy}" for finding in found.findings)


def fitted(model: str, frame: pd.DataFrame) -> Any:
    match model:
        case "ols":
            return smf.ols("y" + FORMULA, frame).fit()
        case "logit":
            return smf.glm("nul_een" + FORMULA, frame, family=sm.families.Binomial()).fit(tol=1e-12)
        case "probit":
            scaled = frame.assign(x=frame["x"] / 1e5)
            return smf.probit("nul_een" + FORMULA, scaled).fit(disp=0, method="newton", maxiter=100)
        case "poisson":
            return smf.glm("aantal" + FORMULA, frame, family=sm.families.Poisson()).fit(tol=1e-12)
        case "negbin":
            scaled = frame.assign(x=frame["x"] / 1e5)
            start = smf.negativebinomial("aantal" + FORMULA, scaled).fit(disp=0, maxiter=1000)
            return smf.negativebinomial("aantal" + FORMULA, scaled).fit(
                start_params=start.params, method="newton", disp=0, maxiter=50
            )
        case _:
            scaled = frame.assign(x=frame["x"] / 1e5)
            return smf.mixedlm("y" + FORMULA, scaled, groups=scaled["wijk"]).fit(reml=False)


OUTCOME = {"ols": "y", "logit": "ja", "probit": "nul_een", "poisson": "aantal", "negbin": "aantal", "multiniveau": "y"}


@pytest.mark.parametrize("model", list(OUTCOME))
def test_a_model_is_what_statsmodels_makes_of_the_rows(models: World, frame: pd.DataFrame, model: str) -> None:
    extra = {"groep": "wijk"} if model == "multiniveau" else {}
    record = published(answer(models, asked(model=model, uitkomst=OUTCOME[model], snijpunt=True, **extra)))
    expected = fitted(model, frame)
    scale = np.ones(5) if model in {"ols", "logit", "poisson"} else np.array([1, 1e-5, 1, 1, 1])
    bounds = expected.conf_int().loc[ORDER].to_numpy() * scale[:, None]
    coefficients = expected.params[ORDER].to_numpy() * scale
    assert [(row["kenmerk"], row["niveau"]) for row in record["coefficienten"]] == [
        ("snijpunt", ""),
        ("x", ""),
        ("z", ""),
        ("soort", "a"),
        ("soort", "c"),
    ]
    for number, row in enumerate(record["coefficienten"]):
        wanted = {
            "coefficient": coefficients[number],
            "standaardfout": expected.bse[ORDER].iloc[number] * scale[number],
            "laag_95": bounds[number, 0],
            "hoog_95": bounds[number, 1],
        }
        for name, value in wanted.items():
            assert row[name] == pytest.approx(
                three(value), rel=0.011 if model in {"negbin", "multiniveau"} else 1e-9
            ), name
        assert row["p"] == pytest.approx(max(three(expected.pvalues[ORDER].iloc[number]), 0.001), rel=0.02)
    measures = record["maten"]
    assert measures["loglikelihood"] == three(expected.llf)
    assert measures["aic"] == three(expected.aic)
    if model == "ols":
        assert measures["r2"] == three(expected.rsquared)
        assert measures["f"] == three(expected.fvalue)
    if model in {"logit", "poisson"}:
        assert measures["pseudo_r2"] == three(1 - expected.llf / expected.llnull)
    if model in {"probit", "negbin"}:
        assert measures["pseudo_r2"] == three(expected.prsquared)
    if model == "multiniveau":
        assert measures["variantie_tussen_groepen"] == pytest.approx(three(expected.cov_re.iloc[0, 0]), rel=0.011)
        assert measures["groepen"] == 15
    assert (record["eenheden"], record["waarnemingen"]) == (N, N)


def test_weights_count_as_in_statsmodels(models: World, frame: pd.DataFrame) -> None:
    for model, outcome in (("ols", "y"), ("logit", "nul_een"), ("poisson", "aantal")):
        record = published(answer(models, asked(model=model, uitkomst=outcome, gewicht="w")))
        scaled = frame["w"] / frame["w"].mean()
        family = sm.families.Binomial() if model == "logit" else sm.families.Poisson()
        expected = (
            smf.wls("y" + FORMULA, frame, weights=scaled).fit()
            if model == "ols"
            else smf.glm(outcome + FORMULA, frame, family=family, var_weights=scaled).fit(tol=1e-12)
        )
        assert [row["coefficient"] for row in record["coefficienten"]] == [three(b) for b in expected.params[ORDER[1:]]]
        assert [row["standaardfout"] for row in record["coefficienten"]] == [three(b) for b in expected.bse[ORDER[1:]]]


def test_interactions_and_logarithms(models: World, frame: pd.DataFrame) -> None:
    record = published(
        answer(
            models,
            asked(
                regressoren=[
                    {"kolom": "w", "log": True},
                    {"kolom": "z"},
                    {"kolom": "kant", "referentie": False},
                    {"kolom": "soort", "referentie": "b"},
                ],
                interacties=[["kant", "z"], ["kant", "soort"]],
                log_uitkomst=True,
            ),
        )
    )
    expected = smf.ols("np.log(y) ~ np.log(w) + z + kant * C(soort, Treatment('b')) + kant:z", frame).fit()
    shown = {(row["kenmerk"], row["niveau"]): row["coefficient"] for row in record["coefficienten"]}
    wanted = {
        ("ln(w)", ""): "np.log(w)",
        ("z", ""): "z",
        ("kant", "ja"): "kant[T.True]",
        ("soort", "a"): "C(soort, Treatment('b'))[T.a]",
        ("soort", "c"): "C(soort, Treatment('b'))[T.c]",
        ("kant × z", "ja"): "kant[T.True]:z",
        ("kant × soort", "ja × a"): "kant[T.True]:C(soort, Treatment('b'))[T.a]",
        ("kant × soort", "ja × c"): "kant[T.True]:C(soort, Treatment('b'))[T.c]",
    }
    assert shown == {key: three(expected.params[name]) for key, name in wanted.items()}
    assert record["uitkomst"] == "ln(y)"


def test_a_model_of_categories_only_is_a_table_of_means(models: World, frame: pd.DataFrame) -> None:
    dummies = asked(regressoren=[{"kolom": "soort", "referentie": "b"}], snijpunt=True)
    record = published(answer(models, dummies))
    means = frame.groupby("soort")["y"].mean()
    shown = [row["coefficient"] for row in record["coefficienten"]]
    assert shown == [three(means["b"]), three(means["a"] - means["b"]), three(means["c"] - means["b"])]
    dominated = reasons(answer(models, {**dummies, "bron": {"tabel": "model.uitschieter"}}))
    assert "dominantie" in dominated
    assert "magnitudetabel" in dominated
    # and with a number beside it the level's total still is mostly one person's
    assert "invloed" in reasons(answer(models, asked("uitschieter")))


def test_files_are_a_table_a_record_and_words(models: World) -> None:
    found = answer(models, asked())
    assert set(found.files) == {"model.json", "coefficienten.csv", "samenvatting.md"}
    record = json.loads(found.files["model.json"])
    table = csv(found.files["coefficienten.csv"])
    assert list(table["kenmerk"]) == ["x", "z", "soort", "soort"]
    for row, text in zip(record["coefficienten"], table["coefficient"], strict=True):
        assert float(text.replace(",", ".")) == pytest.approx(row["coefficient"], rel=1e-9)
    assert set(table["p"]) & {"<0,001"}
    words = found.files["samenvatting.md"].decode()
    assert "Het snijpunt is geschat en wordt niet gepubliceerd." in words
    assert "vergeleken met 'b'" in words
    numbers = [value for row in record["coefficienten"] for value in row.values() if isinstance(value, float)]
    assert len(numbers) == 5 * len(record["coefficienten"])
    assert all(number == three(number) for number in numbers)


def test_the_order_of_rows_and_threads_do_not_matter(models: World, monkeypatch: pytest.MonkeyPatch) -> None:
    specification = asked(model="logit", uitkomst="ja")
    one = answer(models, specification).files
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    other = answer(models, {**specification, "bron": {"tabel": "model.andersom"}}).files
    assert one["model.json"] == other["model.json"]
    assert one["coefficienten.csv"] == other["coefficienten.csv"]


def test_missing_numbers_leave_the_model_and_its_population(models: World, frame: pd.DataFrame) -> None:
    record = published(answer(models, asked("gaten")))
    assert record["eenheden"] == N - 40
    assert record["coefficienten"][0]["coefficient"] == three(smf.ols("y" + FORMULA, frame.iloc[40:]).fit().params["x"])


def test_an_unknown_outcome_leaves_the_model(models: World, frame: pd.DataFrame) -> None:
    record = published(answer(models, asked("onbekend", model="logit", uitkomst="ja")))
    assert record["eenheden"] == record["waarnemingen"] == N - 5
    expected = smf.logit("nul_een" + FORMULA, frame.assign(x=frame["x"] / 1e5).iloc[5:]).fit(disp=0)
    assert record["coefficienten"][1]["coefficient"] == three(expected.params["z"])
    # five unknown: who knows all of them and both classes knows a group of five
    total = {"soort": "frequentietabel", "bron": {"tabel": "model.onbekend"}, "dimensies": ["soort"], "tel": "wie"}
    both = models.assess(total, asked("onbekend", model="logit", uitkomst="ja")).answers
    assert Verdict.REFUSED in {found.verdict for found in both}


SINGLE: list[tuple[str, dict[str, Any], str]] = [
    ("een", {}, "drempel"),
    ("drie", {}, "drempel"),
    ("hefboom", {}, "invloed"),
    ("handvol", {}, "invloed"),
    ("bijna_alle", {"model": "logit", "uitkomst": "ja"}, "groepsonthulling"),
    ("zwaar", {"gewicht": "w"}, "invloed"),
    ("oneindig", {}, "kolom 'x' bevat waarden die geen eindig getal zijn"),
    ("weinig", {}, "minder dan 10 eenheden wijken af"),
    ("weinig", {"regressoren": [{"kolom": "z"}, {"kolom": "w"}]}, "maar twee waarden"),
    ("precies", {}, "volledige verklaring"),
    ("gescheiden", {"model": "logit", "uitkomst": "ja"}, "separatie"),
    ("gescheiden", {"model": "probit", "uitkomst": "ja"}, "separatie"),
    ("gescheiden", {"model": "logit", "uitkomst": "nul_een"}, "nul: lege cel"),
    ("kopieen", {}, "drempel"),
    ("huishoudens", {}, "drempel: minder dan 10 verschillende huishoudens"),
    ("constant", {}, "overal dezelfde waarde"),
    ("dubbel", {"regressoren": [{"kolom": name} for name in ("x", "z", "w")]}, "hangen volledig van elkaar af"),
    ("leeg", {}, "nul: lege cel"),
    ("rijen", {"filter": [{"kolom": "wijk", "is": "=", "waarde": "wijk 99"}]}, "nul: lege cel"),
    ("rijen", {"model": "poisson", "uitkomst": "y"}, "nul: lege cel"),
    ("halve", {"model": "poisson", "uitkomst": "w"}, "geen aantal"),
    ("rijen", {"model": "logit", "uitkomst": "aantal"}, "andere waarden dan 0 en 1"),
    ("rijen", {"uitkomst": "nul_een"}, "vraag model 'logit'"),
    ("rijen", {"regressoren": [{"kolom": "thuis"}]}, "is een pseudoniem"),
    ("rijen", {"regressoren": [{"kolom": "soort"}]}, "geef een 'referentie'"),
    ("rijen", {"regressoren": [{"kolom": "x"}, {"kolom": "soort", "referentie": "q'"}]}, "komt hier niet voor"),
    ("rijen", {"model": "multiniveau", "groep": "thuis"}, "is een pseudoniem"),
    ("rijen", {"model": "multiniveau", "groep": "kant"}, "te weinig groepen"),
    ("rijen", {"regressoren": [{"kolom": "nul_een"}, {"kolom": "x"}]}, "geef een 'referentie'"),
]


@pytest.mark.parametrize(("table", "changes", "expected"), SINGLE)
def test_what_tells_of_one_unit_is_refused(models: World, table: str, changes: dict[str, Any], expected: str) -> None:
    words = reasons(answer(models, asked(table, **changes)))
    assert expected in words
    for label in ("DROP", "zeldzaam", "wijk 99", "q'", "wijk 1"):
        assert label not in words


def test_refusals_do_not_name_cells(models: World) -> None:
    for table in ("een", "drie"):
        found = answer(models, asked(table))
        assert "DROP" not in json.dumps(found.record())
        assert "zeldzaam" not in json.dumps(found.record())


def test_numbers_too_large_for_whole_squares(models: World, frame: pd.DataFrame) -> None:
    counts = (2**62 - 17 * np.arange(N)).astype(float)
    record = published(answer(models, asked("reusachtig", regressoren=[{"kolom": "aantal"}, {"kolom": "z"}])))
    steps = (counts - counts.mean()) / 17
    expected = sm.OLS(frame["y"], sm.add_constant(np.column_stack([steps, frame["z"]]))).fit()
    assert record["coefficienten"][0]["coefficient"] == pytest.approx(expected.params.iloc[1] / 17, rel=0.01)


def test_two_models_of_populations_that_differ_by_one_unit(models: World, frame: pd.DataFrame) -> None:
    limits = [int(frame["x"].sort_values().iloc[place]) for place in (300, 303)]
    filters = [[{"kolom": "x", "is": "<", "waarde": limit}] for limit in limits]
    published(answer(models, asked(filter=filters[0])))
    both = models.assess(*(asked(filter=conditions) for conditions in filters)).answers
    assert {found.verdict for found in both} == {Verdict.REFUSED}


def test_a_crossing_with_an_interaction_needs_units_in_every_cell(tmp_path: Path, frame: pd.DataFrame) -> None:
    thin = frame.assign(kant=np.where(frame["soort"] == "a", np.arange(N) % 60 == 0, frame["kant"]).astype(bool))
    world = world_of(tmp_path, rijen=rows_of(thin))
    both = [{"kolom": "soort", "referentie": "b"}, {"kolom": "kant", "referentie": False}, {"kolom": "x"}]
    published(answer(world, asked(regressoren=both)))
    words = reasons(answer(world, asked(regressoren=both, interacties=[["soort", "kant"]])))
    assert "drempel" in words


@pytest.mark.parametrize(
    "changes",
    [
        {"regressoren": []},
        {"regressoren": [{"kolom": "x"}, {"kolom": "x"}]},
        {"regressoren": [{"kolom": "y"}]},
        {"interacties": [["x", "x"]]},
        {"interacties": [["x", "w"]]},
        {"interacties": [["x", "z"], ["z", "x"]]},
        {"model": "probit", "uitkomst": "ja", "gewicht": "w"},
        {"model": "multiniveau"},
        {"groep": "wijk"},
        {"model": "kwantiel"},
        {"model": "poisson", "uitkomst": "aantal", "log_uitkomst": True},
        {"regressoren": [{"kolom": "soort", "referentie": "b", "log": True}]},
        {"formule": "y ~ x"},
    ],
)
def test_a_specification_that_cannot_be_is_an_error(models: World, changes: dict[str, Any]) -> None:
    from zoo_formaat.errors import UserError

    with pytest.raises(UserError):
        models.request(asked(**changes))


@pytest.mark.parametrize("what", ["residuen", "voorspellingen", "invloed", "qq"])
def test_residuals_are_refused_with_an_alternative(models: World, what: str) -> None:
    words = reasons(answer(models, {"soort": "residuen", "bron": {"tabel": "model.rijen"}, "grafiek": what}))
    assert "vraag de regressie zelf" in words


def _textbook(name: str, load: Callable[[], Any], outcome: str, tmp_path: Path) -> tuple[pd.DataFrame, World]:
    data = load().data
    columns: list[Column] = [("wie", "uuid", "persoon", "persoon")]
    columns += [(column.lower(), "number", None, None) for column in data.columns]
    rows = [[uuid("p", i), *map(float, row)] for i, row in enumerate(data.to_numpy())]
    return data.rename(columns=str.lower), build(tmp_path / "w", extra={"boek": {name: (columns, rows)}})


def test_a_textbook_regression(tmp_path: Path) -> None:
    """Fair's survey of extramarital affairs (1978), as statsmodels carries it: 6,366 women."""
    data, world = _textbook("fair", sm.datasets.fair.load_pandas, "affairs", tmp_path)
    found = answer(
        world,
        {
            **asked(),
            "bron": {"tabel": "boek.fair"},
            "uitkomst": "affairs",
            "regressoren": [{"kolom": "age"}, {"kolom": "yrs_married"}, {"kolom": "religious"}],
        },
    )
    record = published(found)
    expected = smf.ols("affairs ~ age + yrs_married + religious", data).fit()
    assert [row["coefficient"] for row in record["coefficienten"]] == [three(b) for b in expected.params.iloc[1:]]
    assert record["maten"]["r2"] == three(expected.rsquared)


def test_longley_has_too_few_years(tmp_path: Path) -> None:
    """Longley (1967): 16 years, six regressors, nine degrees of freedom; the classic test of arithmetic."""
    _, world = _textbook("longley", sm.datasets.longley.load_pandas, "totemp", tmp_path)
    regressors = [{"kolom": name} for name in ("gnpdefl", "gnp", "unemp", "armed", "pop", "year")]
    specification = {**asked(), "bron": {"tabel": "boek.longley"}, "uitkomst": "totemp", "regressoren": regressors}
    assert "vrijheidsgraden" in reasons(answer(world, specification))


def test_a_released_model_is_remembered(tmp_path: Path, frame: pd.DataFrame) -> None:
    world = world_of(tmp_path, rijen=rows_of(frame))
    limits = [int(frame["x"].sort_values().iloc[place]) for place in (200, 203, 330)]
    first, near, far = (asked(filter=[{"kolom": "x", "is": "<", "waarde": limit}]) for limit in limits)
    folder = world.submit_and_release(first)
    assert list(folder.rglob("coefficienten.csv"))
    words = reasons(answer(world, near))
    assert "herleidbaar" in words
    published(answer(world, far))
