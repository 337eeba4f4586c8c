"""Lines that an analyst has already become questions that mean the same; nothing in them is executed."""

from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.asked import AskedTable
from outputcontrole.evidence import Collector
from outputcontrole.spec import TableSource
from outputcontrole.spec.filter import parse_filter
from tests.outputcontrole.test_evidence import open_table
from tests.outputcontrole.world import Column, uuid
from tests.zoo_project.test_aanvraag import begun
from zoo_formaat.errors import UserError
from zoo_project import Project
from zoo_project.omzetten import Omzetting, omzetten


def converted(text: str) -> Omzetting:
    return omzetten(text, bron="bag.woningen", tel="woning")


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ('df.groupby(["wijkcode"])["woz"].mean()', "magnitudetabel", {"statistiek": "gemiddelde", "maat": "woz"}),
        ('x = df.groupby("wijkcode", observed=True).woz.agg("sum").round(1)', "magnitudetabel", {"statistiek": "som"}),
        ('df.groupby("g").woz.std()', "magnitudetabel", {"statistiek": "standaardafwijking"}),
        ('df.groupby("g").woz.median()', "kwantieltabel", {"punten": [0.5]}),
        ('df.groupby("g").woz.quantile([0.9, 0.1])', "kwantieltabel", {"punten": [0.1, 0.9]}),
        ('df.groupby(["g", "h"]).size().unstack()', "frequentietabel", {"dimensies": ["g", "h"]}),
        ('print(df.groupby("g")["woz"].count())', "frequentietabel", {"filter": "niet leeg(woz)"}),
        ('df.groupby("g").woning.nunique()', "frequentietabel", {"tel": "woning"}),
        ('df["woningtype"].value_counts()', "frequentietabel", {"dimensies": ["woningtype"]}),
        ("pd.crosstab(df.a, df['b'], margins=True)", "frequentietabel", {"dimensies": ["a", "b"]}),
        ('pd.crosstab(df.a, [df.b, df.c], values=df.w, aggfunc="mean")', "magnitudetabel", {"dimensies": list("abc")}),
        ('df.pivot_table(index="a", columns="b", values="w")', "magnitudetabel", {"statistiek": "gemiddelde"}),
        ('pd.pivot_table(df, index="a", values="w", aggfunc="sum")', "magnitudetabel", {"statistiek": "som"}),
        ('df[["a", "b"]].corr(method="spearman")', "correlatie", {"kolommen": ["a", "b"], "methode": "spearman"}),
        ("smf.ols(\"w ~ a + C(b, Treatment('x'))\", df).fit().summary()", "regressie", {"soort": "ols"}),
        ('smf.logit(formula="w ~ a", data=df[df.c == True])', "regressie", {"filter": "c = waar"}),
        ('smf.mixedlm("w ~ a", df, groups=df["g"])', "regressie", {"soort": "multiniveau", "groep": "g"}),
        ('df.query("a > 3").dropna(subset=["w"]).groupby("g").w.mean()', "magnitudetabel", {}),
    ],
)
def test_a_line_becomes_the_question_it_is(project: Project, text: str, kind: str, fields: dict[str, Any]) -> None:
    found = converted(text)
    assert found.soort == kind
    assert fields.items() <= dict(found.velden).items()
    # the code it gives asks the same as the conversion itself
    request = begun(project)
    eval(found.code_voor("een", "Titel"), {"vraag": request})  # noqa: S307 - our own code is what is tested
    other = found.vraag(begun(project), "een", "Titel")
    assert request.request() == other.request()
    assert request.request().uitvoer[0].soort == kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('df.groupby("g").woz.max()', r"gemiddelde_van_uitersten\(\"naam\", \"Titel\", .*kant=\"hoogste\""),
        ('df[df.a > 3].groupby("g").woz.agg("min")', r"filter=\"a > 3\".*kant=\"laagste\"|kant=\"laagste\".*filter"),
        ('df.groupby("g").woz.agg(lambda s: s.max())', "functies worden niet uitgevoerd"),
        ('df.groupby("g").agg({"woz": "max"})', "functies worden niet uitgevoerd"),
        ('df.groupby("g").woz.agg(["min", "max"])', "noem één aggregatie"),
        ('df.groupby("g").apply(print)', "eigen functies kunnen rijen doorgeven"),
        ('df.groupby("g")[["a", "b"]].mean()', "vraag elke kolom apart"),
        ("df.groupby(df.datum.dt.year).woz.mean()", "geen recept"),
        ('df.merge(e).groupby("g").woz.mean()', "registreer een bewerking als recept"),
        ("df.head()", "rijen gaan nooit naar buiten"),
        ("df.woz.max()", "zeg waarover"),
        ("df.woz.describe()", "zeg waarover"),
        ('pd.crosstab(df.a, df.b, normalize="index")', "verhouding"),
        ('smf.ols("np.log(w) ~ a", df)', "links van ~"),
        ('smf.glm("w ~ a", df)', "omgezet worden"),
        ('df[df.a > df.b].groupby("g").woz.mean()', "vaste waarde"),
        ('df.query("a > @grens").groupby("g").woz.mean()', "niet te lezen"),
        ("import os; os.system('true')", "één aanroep tegelijk"),
        ("__import__('os').system('true')", "niet om te zetten"),
        ("df.groupby(", "geen Python, regel 1"),
        ("df" + ".a" * 3000, "meer dan 5000 tekens"),
        ("-" * 4000 + "1", "niet te lezen|niet om te zetten|geen Python"),
        ("", "één aanroep tegelijk"),
        ('df.groupby(*["g"]).woz.mean()', "zonder \\* of"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_can(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        converted(text)
    assert len(str(caught.value)) < 500


def test_nothing_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "spoor"
    for text in (
        f"open({str(mark)!r}, 'w').groupby('g').x.mean()",
        f"df[df.a > open({str(mark)!r}, 'w')].groupby('g').x.mean()",
        f"df.query(\"a > __import__('pathlib').Path({str(mark)!r}).touch()\").groupby('g').x.mean()",
        f"smf.ols(open({str(mark)!r}, 'w').name, df)",
    ):
        with pytest.raises(UserError):
            converted(text)
    assert not mark.exists()


# --- a filter of pandas chooses the same rows ------------------------------------------------------------------------

COLUMNS: list[Column] = [
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("a", "integer", None, None),
    ("b", "string", None, None),
]
ROWS = [[uuid("w", i), a, b] for i, (a, b) in enumerate(product([None, 1, 2, 3], [None, "x", "y", "z"]))]
FRAME = pd.DataFrame({"rij": range(16), "a": [row[1] for row in ROWS], "b": pd.Series([row[2] for row in ROWS])})
LEAVES = [
    "df.a > 1",
    "df.a <= 2",
    "df['a'] == 3",
    "df.a != 2",
    "df.b == 'x'",
    "df.b != 'y'",
    "df.b.isin(['x', 'y'])",
    "df.a.isin([1, 3])",
    "df.a.isna()",
    "df.b.notna()",
]
MASKS = st.recursive(
    st.sampled_from(LEAVES).map(lambda leaf: f"({leaf})"),
    lambda inner: st.one_of(
        inner.map(lambda part: f"(~{part})"),
        st.tuples(inner, st.sampled_from("&|"), inner).map(lambda p: f"({' '.join(p)})"),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def collector() -> Collector:
    return Collector(open_table(ROWS, COLUMNS), 1)


@settings(max_examples=200, deadline=None)
@given(mask=MASKS)
def test_a_mask_chooses_the_rows_that_pandas_chooses(collector: Collector, mask: str) -> None:
    df = FRAME
    expected = set(df[eval(mask)]["rij"])  # noqa: S307 - pandas' own answer to masks made here
    try:
        found = omzetten(f"df[{mask}].groupby('b').size()", bron="proef.rijen", tel="woning")
    except UserError as error:
        assert "te diep" in str(error)
        return
    table = AskedTable(TableSource(tabel="proef.rijen"), parse_filter(found.velden["filter"]), (), "woning")
    units = {held.bytes for held in collector.rows(table, [])["woning"]}
    assert {number for number, row in enumerate(ROWS) if row[0] in units} == expected
    queried = mask.replace("df['a']", "a").replace("df.", "")
    again = omzetten(f"df.query({queried!r}).groupby('b').size()", bron="proef.rijen", tel="woning")
    assert parse_filter(again.velden["filter"]) == parse_filter(found.velden["filter"])


@settings(max_examples=300, deadline=2000)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "df",
                ".groupby(",
                "'g'",
                ")",
                "[",
                "]",
                ".x",
                ".mean()",
                "pd.crosstab(",
                ",",
                "~",
                "smf.ols(",
                "*",
                "lambda: ",
                "=",
                "(",
                "{",
            ]
        ),
        max_size=15,
    ).map("".join)
)
def test_any_text_ends_in_a_question_or_a_line(text: str) -> None:
    try:
        assert isinstance(converted(text), Omzetting)
    except UserError as error:
        assert str(error).startswith("omzetten")
