"""Turn a line of pandas or statsmodels that one has already into a question.

    omzetten('df.groupby(["wijkcode"])["woz_waarde"].mean()', bron="bag.woningen", tel="woning").code
    'vraag.magnitude("naam", "Titel", bron="bag.woningen", dimensies=["wijkcode"], maat="woz_waarde", …)'

The line is parsed and never executed; names of data frames play no part. What cannot be asked is refused with what can.
"""

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from outputcontrole.spec.classes import MAX_EDGES
from outputcontrole.spec.filter import parse_filter
from zoo_formaat.errors import UserError
from zoo_project.aanvraag import Aanvraag, Bron
from zoo_project.aanvraag.aggregation import KNOWN, aggregation
from zoo_project.aanvraag.classes import boundaries
from zoo_project.aanvraag.code import as_written, python, question
from zoo_project.aanvraag.formula import parse_formula
from zoo_project.aanvraag.questions import KINDS
from zoo_project.aanvraag.sources import source_values
from zoo_project.aanvraag.tables import narrowed
from zoo_project.masks import WHERE, cannot, mask_text, names_of, query_text
from zoo_project.statement import closest

_MAX_LENGTH = 5000
# What follows a table only shows it otherwise.
_DISPLAY = {
    "reset_index",
    "unstack",
    "stack",
    "round",
    "sort_values",
    "sort_index",
    "to_frame",
    "rename",
    "T",
    "fillna",
}
_REGRESSIONS = {
    "ols": "ols",
    "wls": "ols",
    "logit": "logit",
    "probit": "probit",
    "poisson": "poisson",
    "negativebinomial": "negbin",
    "mixedlm": "multiniveau",
}
_FIT = {"fit", "fit_regularized", "summary", "params"}
_CAN = "groupby(…)[…].mean(), pd.crosstab(…), pivot_table(…), value_counts(), corr() en smf.ols(…)"


@dataclass(frozen=True)
class Omzetting:
    """What a line asks: the kind of output and the fields of its specification.

    uitleg: what of the line is not taken over, in words. A regression is held as its formula and the arguments of
    `Aanvraag.regressie`.
    """

    soort: str
    velden: Mapping[str, Any]
    uitleg: tuple[str, ...] = field(default=())

    @property
    def code(self) -> str:
        """The code that asks it, with a name and a title to be filled in."""
        return self.code_voor("naam", "Titel")

    def code_voor(self, naam: str, titel: str) -> str:
        """Return the code that asks it under a name and a title."""
        if "formule" in self.velden:
            first = [python(part) for part in (naam, titel, self.velden["formule"])]
            more = {name: as_written(name, value) for name, value in self.velden.items() if name != "formule"}
            return f"vraag.model({', '.join([*first, *(f'{name}={python(value)}' for name, value in more.items())])})"
        return f"vraag.{question(self.soort, self.velden, naam, titel)}"

    def vraag(self, aanvraag: Aanvraag, naam: str, titel: str, **velden: Any) -> Aanvraag:
        """Ask it; velden: more fields, or others in the place of those that the line gave."""
        fields = {**self.velden, **velden}
        if "formule" in fields:
            return aanvraag.model(naam, titel, fields.pop("formule"), **fields)
        return aanvraag.uitvoer(self.soort, naam, titel, **fields)

    def __repr__(self) -> str:
        return "\n".join([self.code, *(f"# {line}" for line in self.uitleg)])


def omzetten(tekst: str, *, bron: Bron, tel: str | None = None) -> Omzetting:
    """Turn the source text of one call into a question on `bron`, counting units `tel`.

    Raises UserError that says what cannot be asked and what can.
    """
    return _Converter(bron, tel).convert(_parsed(tekst))


def _parsed(text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        raise UserError(f"{WHERE}: meer dan {_MAX_LENGTH} tekens; geef één aanroep tegelijk")
    try:
        statements = ast.parse(text.strip()).body
    except SyntaxError as error:
        raise UserError(f"{WHERE}: geen Python, regel {error.lineno}, teken {error.offset}") from None
    except (ValueError, RecursionError, MemoryError):
        raise UserError(f"{WHERE}: deze tekst is niet te lezen; geef één aanroep tegelijk") from None
    match statements:
        case [ast.Assign(value=value)] | [ast.Expr(value=value)] | [ast.AnnAssign(value=ast.expr() as value)]:
            return value
    raise UserError(f"{WHERE}: geef één aanroep tegelijk, zonder import of lus; omgezet worden {_CAN}")


class _Converter:
    """Reads a chain of calls from its end to its data frame."""

    def __init__(self, bron: Bron, tel: str | None) -> None:
        self._bron = source_values(bron)
        self._tel = tel
        self._notes: list[str] = []
        self._filter = ""
        self._classes: dict[str, list[float]] = {}

    def convert(self, node: ast.expr) -> Omzetting:  # noqa: PLR0911 - a return per form of call
        """Return what the expression asks."""
        node = self._without_display(node)
        match node:
            case ast.Call(func=ast.Name(id="print"), args=[inner], keywords=[]):
                return self.convert(inner)
            case ast.Call(func=ast.Attribute(attr="crosstab")):
                return self._crosstab(node)
            case ast.Call(func=ast.Attribute(attr="pivot_table")) | ast.Call(func=ast.Name(id="pivot_table")):
                return self._pivot(node)
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) if name in _REGRESSIONS:
                return self._regression(node, name)
            case ast.Call(func=ast.Attribute(value=frame, attr="value_counts")):
                return self._value_counts(frame, node)
            case ast.Call(func=ast.Attribute(value=frame, attr="corr" | "cov" as name)):
                return self._correlation(frame, node, name)
            case ast.Call(func=ast.Attribute(value=inner, attr=name)):
                return self._aggregated(inner, name, node)
        cannot(node, f"omgezet worden {_CAN}")

    def _without_display(self, node: ast.expr) -> ast.expr:
        """Take off what only shows a result otherwise, and the fitting of a model, which the checker does."""
        while True:
            match node:
                case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in _DISPLAY | _FIT:
                    note = "het model wordt door de toetser geschat" if name in _FIT else f"{name}() is alleen weergave"
                case ast.Attribute(value=inner, attr="T" | "params" as name):
                    note = f"{name} is alleen weergave"
                case _:
                    return node
            self._notes.append(note)
            node = inner

    # --- tables

    def _aggregated(self, inner: ast.expr, name: str, call: ast.Call) -> Omzetting:
        """`df.groupby(…)["x"].mean()`, also as `.agg("mean")`."""
        points = None
        if name in {"agg", "aggregate"}:
            name = self._aggregation_name(_only_argument(call, "func"))
        elif name == "quantile":
            points = self._points(call)
        measures: list[str] = []
        match inner:
            case ast.Subscript(value=ast.Call(func=ast.Attribute(attr="groupby")) as grouped, slice=which):
                measures = names_of(which)
            case ast.Attribute(value=ast.Call(func=ast.Attribute(attr="groupby")) as grouped, attr=measure):
                measures = [measure]
            case ast.Call(func=ast.Attribute(attr="groupby")) as grouped:
                pass
            case _:
                if name in KNOWN:
                    cannot(call, f'zeg waarover: df.groupby([…])["kolom"].{name}(); {self._instead_of(name)}')
                cannot(call, f"omgezet worden {_CAN}")
        if len(measures) > 1:
            cannot(call, f"vraag elke kolom apart: {', '.join(measures)}")
        dimensions = self._grouped_by(grouped)
        return self._table(name, measures[0] if measures else None, dimensions, points)

    def _instead_of(self, name: str) -> str:
        try:
            aggregation(name, "kolom", WHERE)
        except UserError as error:
            return str(error).removeprefix(f"{WHERE}: ")
        return "een getal over iedereen kan als tabel met een dimensie, waarin het totaal staat"

    def _aggregation_name(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=str() as name):
                return name
            case ast.Attribute(value=ast.Name(id="np" | "numpy" | "pd"), attr=name) | ast.Name(id=name) if (
                name in KNOWN
            ):
                return name
        cannot(node, 'noem één aggregatie als tekst, bijvoorbeeld "mean"; functies worden niet uitgevoerd')

    def _points(self, call: ast.Call) -> list[float]:
        if not call.args and not call.keywords:
            return [0.5]
        try:
            given = ast.literal_eval(_only_argument(call, "q"))
            return sorted(float(point) for point in (given if isinstance(given, list | tuple) else [given]))
        except (ValueError, TypeError):
            cannot(call, "noem de kwantielen als getallen, bijvoorbeeld quantile([0.25, 0.5])")

    def _grouped_by(self, call: ast.Call) -> list[str]:
        self._take_frame(call.func)
        for keyword in call.keywords:
            if keyword.arg not in {"by", "observed", "as_index", "sort", "dropna", "group_keys"}:
                cannot(call, f"argument '{keyword.arg}' van groupby heeft hier geen betekenis; noem kolommen")
        return self._dimensions(_argument(call, 0, "by"))

    def _crosstab(self, call: ast.Call) -> Omzetting:
        known = {"index", "columns", "values", "aggfunc", "margins", "dropna", "rownames", "colnames"}
        self._only(call, known, "aandelen volgen uit de aantallen, of vraag verhouding(…)")
        given = {name: _optional(call, place, name) for place, name in enumerate(("index", "columns", "values"))}
        for node in given.values():
            self._frame_of_columns(node)
        if given["index"] is None:
            cannot(call, "noem index en columns")
        dimensions = self._dimensions(given["index"])
        dimensions += [] if given["columns"] is None else self._dimensions(given["columns"])
        measure = None if given["values"] is None else names_of(given["values"])[0]
        name = _optional(call, 5, "aggfunc")
        return self._table(None if name is None else self._aggregation_name(name), measure, dimensions, None)

    def _pivot(self, call: ast.Call) -> Omzetting:
        known = {"data", "index", "columns", "values", "aggfunc", "margins", "dropna", "observed", "fill_value", "sort"}
        self._only(call, known, "noem index, columns, values en aggfunc")
        method = isinstance(call.func, ast.Attribute) and not _is_module(call.func.value)
        if method:
            self._take_frame(call.func)
        places = {name: place + (not method) for place, name in enumerate(("values", "index", "columns", "aggfunc"))}
        given = {name: _optional(call, place, name) for name, place in places.items()}
        if not method:
            self._narrow(_optional(call, 0, "data"))
        parts = [node for name in ("index", "columns") if (node := given[name]) is not None]
        dimensions = [name for node in parts for name in self._dimensions(node)]
        if given["values"] is None or not dimensions:
            cannot(call, "noem values, en index of columns")
        named = given["aggfunc"]
        name = "mean" if named is None else self._aggregation_name(named)
        return self._table(name, names_of(given["values"])[0], dimensions, None)

    def _value_counts(self, frame: ast.expr, call: ast.Call) -> Omzetting:
        for keyword in call.keywords:
            if keyword.arg == "normalize":
                cannot(call, "aandelen rekent de lezer uit de aantallen, of vraag verhouding(…)")
        which = _optional(call, 0, "subset")
        if bins := [keyword.value for keyword in call.keywords if keyword.arg == "bins"]:
            self._frame_of_columns(frame)
            return self._table(None, None, [self._classified(names_of(frame)[0], bins[0], call, True)], None)
        if which is not None:
            self._narrow(frame)
            return self._table(None, None, names_of(which), None)
        self._frame_of_columns(frame)
        return self._table(None, None, self._dimensions(frame), None)

    def _dimensions(self, node: ast.expr) -> list[str]:
        """Return the columns that are grouped by, and keep the classes of those that `pd.cut` puts in classes."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [name for part in parts for name in self._dimensions(part)]
            case ast.Call(func=ast.Attribute(attr="cut") | ast.Name(id="cut")):
                return [self._cut(node)]
            case ast.Call(func=ast.Attribute(attr="qcut") | ast.Name(id="qcut")):
                cannot(node, "grenzen uit de gegevens vertellen waarden; noem ze in pd.cut, of vraag kwantielen(…)")
        return names_of(node)

    def _cut(self, call: ast.Call) -> str:
        """Return the column that `pd.cut(df.x, bins)` puts in classes."""
        known = {"x", "bins", "right", "include_lowest", "labels", "precision", "ordered"}
        self._only(call, known, "noem de grenzen: pd.cut(df.x, [0, 18, 65])")
        column = _argument(call, 0, "x")
        self._frame_of_columns(column)
        right = _optional(call, 2, "right")
        if right is not None and not (isinstance(right, ast.Constant) and isinstance(right.value, bool)):
            cannot(right, "'right' is True of False")
        if _optional(call, 3, "labels") is not None:
            self._notes.append("klassen heten naar hun grenzen; labels zijn alleen weergave")
        above = right is None or bool(ast.literal_eval(right))
        return self._classified(names_of(column)[0], _argument(call, 1, "bins"), call, above)

    def _classified(self, column: str, bins: ast.expr, call: ast.Call, above: bool) -> str:
        edges = _edges(bins)
        if edges is None:
            cannot(call, "noem de grenzen als getallen: grenzen uit de gegevens vertellen waarden")
        self._classes[column] = boundaries(edges, WHERE, closed_above=above)
        self._notes.append(
            "de buitenste klassen hebben geen eind: wat buiten de grenzen ligt, telt daarin mee; wat leeg is, nergens"
        )
        if above:
            self._notes.append(
                "pd.cut telt een bovengrens mee: voor hele getallen is 'tot en met 65' hetzelfde als 'tot 66'; heeft "
                "de kolom decimalen, schrijf dan right=False"
            )
        return column

    def _table(
        self, name: str | None, measure: str | None, dimensions: Sequence[str], points: list[float] | None
    ) -> Omzetting:
        try:
            chosen = aggregation(name, measure, WHERE, points)
        except UserError as error:
            raise UserError(f"{error}{self._ready(name, measure, dimensions)}") from None
        if chosen.kind == "frequentietabel":
            self._notes.append("geteld worden verschillende eenheden ('tel'), geen rijen; leeg is de klasse 'onbekend'")
        filter = self._filter if chosen.filled is None else str(narrowed(self._filter, chosen.filled))
        fields: dict[str, Any] = {"bron": self._bron, "dimensies": list(dimensions), **chosen.fields}
        return self._done(chosen.kind, fields, filter)

    def _ready(self, name: str | None, measure: str | None, dimensions: Sequence[str]) -> str:
        """Return the code of what can be asked in the place of an extreme, or nothing."""
        if name not in {"min", "max"} or measure is None:
            return ""
        fields = {"bron": self._bron, "dimensies": list(dimensions), "maat": measure}
        fields["kant"] = "laagste" if name == "min" else "hoogste"
        return f". Wel: {self._done('gemiddelde_van_uitersten', fields, self._filter).code}"

    # --- models

    def _correlation(self, frame: ast.expr, call: ast.Call, name: str) -> Omzetting:
        method = _optional(call, 0, "method")
        kind = "covariantie" if name == "cov" else "pearson"
        if method is not None and name == "corr":
            kind = method.value if isinstance(method, ast.Constant) and isinstance(method.value, str) else ""
            if kind not in {"pearson", "spearman"}:
                cannot(call, 'kies method="pearson" of "spearman"')
        if not isinstance(frame, ast.Subscript) or not isinstance(frame.slice, ast.List):
            cannot(call, f'noem de kolommen: df[["a", "b"]].{name}()')
        self._narrow(frame.value)
        return self._done(
            "correlatie", {"bron": self._bron, "kolommen": names_of(frame), "methode": kind}, self._filter
        )

    def _regression(self, call: ast.Call, name: str) -> Omzetting:
        text = _optional(call, 0, "formula")
        if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            cannot(call, 'geef de formule als tekst: smf.ols("y ~ x", df)')
        formula = parse_formula(text.value, WHERE)
        self._narrow(_optional(call, 1, "data"))
        fields: dict[str, Any] = {"formule": text.value, "bron": self._bron, "soort": _REGRESSIONS[name]}
        for keyword in call.keywords:
            match keyword.arg:
                case "formula" | "data":
                    pass
                case "groups" | "weights":
                    fields[{"groups": "groep", "weights": "gewicht"}[keyword.arg]] = names_of(keyword.value)[0]
                case _:
                    cannot(call, f"argument '{keyword.arg}' kan niet; wel: data, groups, weights")
        if formula.without:
            fields["referenties"] = dict.fromkeys(formula.without, "…")
            self._notes.append("vul bij 'referenties' de waarde in waarmee vergeleken wordt")
        return self._done("regressie", fields, self._filter)

    # --- data frames

    def _done(self, kind: str, fields: dict[str, Any], filter: str) -> Omzetting:
        if self._tel is not None and "tel" in KINDS[kind].model_fields:
            fields = {**fields, "tel": fields.get("tel", self._tel)}
        if self._classes:
            fields = {**fields, "klassen": self._classes}
        if filter:
            parse_filter(filter, f"{WHERE}, filter")
            fields = {**fields, "filter": filter}
        return Omzetting(kind, fields, tuple(self._notes))

    def _only(self, call: ast.Call, known: set[str], instead: str) -> None:
        for keyword in call.keywords:
            if keyword.arg not in known:
                shown = closest(str(keyword.arg), known)
                cannot(call, f"argument '{keyword.arg}' kan niet ({shown}); {instead}")

    def _take_frame(self, function: ast.expr) -> None:
        if isinstance(function, ast.Attribute):
            self._narrow(function.value)

    def _frame_of_columns(self, node: ast.expr | None) -> None:
        """Look at the data frame of which columns are named (`df.a`, `df["a"]`, a list of these)."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    self._frame_of_columns(part)
            case ast.Attribute(value=frame) | ast.Subscript(value=frame):
                self._narrow(frame)

    def _narrow(self, frame: ast.expr | None) -> None:
        """Take the filter out of a data frame: `df[df.x > 3]`, `df.query("x > 3")`, `df.dropna(subset=["x"])`."""
        match frame:
            case None | ast.Name():
                return
            case ast.Subscript(value=inner, slice=ast.Compare() | ast.BinOp() | ast.UnaryOp() | ast.Call() as mask):
                part = mask_text(mask)
            case ast.Subscript(value=ast.Attribute(value=inner, attr="loc"), slice=mask):
                part = mask_text(mask)
            case ast.Call(func=ast.Attribute(value=inner, attr="query"), args=[ast.Constant(value=str() as query)]):
                part = query_text(query)
            case ast.Call(
                func=ast.Attribute(value=inner, attr="dropna"), keywords=[ast.keyword(arg="subset", value=which)]
            ):
                part = " en ".join(f"niet leeg({name})" for name in names_of(which))
            case _:
                cannot(frame, "de gegevens zijn een tabel van het project; registreer een bewerking als recept")
        if part != self._filter:
            self._filter = f"({self._filter}) en ({part})" if self._filter else part
        self._narrow(inner)


def _edges(node: ast.expr) -> list[float] | None:
    """Return boundaries that are written down: numbers, infinity, or a range of whole numbers; None for any other."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            numbers = [_edge(part) for part in parts]
            return None if None in numbers else [number for number in numbers if number is not None]
        case ast.Call(func=ast.Name(id="list"), args=[inner], keywords=[]):
            return _edges(inner)
        case ast.Call(func=ast.Name(id="range") | ast.Attribute(attr="arange"), args=args, keywords=[]):
            ends = [_edge(part) for part in args]
            if not 1 <= len(ends) <= 3 or not all(isinstance(end, int) for end in ends) or ends[2:] == [0]:
                return None
            # more boundaries than classes can have are refused, and need not be written out
            return list(islice(range(*(int(end) for end in ends if end is not None)), MAX_EDGES + 3))
    return None


def _edge(node: ast.expr) -> float | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=inner) if not isinstance(inner, ast.UnaryOp):
            number = _edge(inner)
            return None if number is None else -number
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math"), attr="inf"):
            return math.inf
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value="inf" | "Infinity")], keywords=[]):
            return math.inf
    return None


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"pd", "pandas"}


def _optional(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    if any(isinstance(part, ast.Starred) for part in call.args) or any(part.arg is None for part in call.keywords):
        cannot(call, "schrijf de argumenten uit, zonder * of **")
    if named:
        return named[0]
    return call.args[place] if place < len(call.args) else None


def _argument(call: ast.Call, place: int, name: str) -> ast.expr:
    found = _optional(call, place, name)
    if found is None:
        cannot(call, f"'{name}' ontbreekt")
    return found


def _only_argument(call: ast.Call, name: str) -> ast.expr:
    if len(call.args) + len(call.keywords) != 1:
        cannot(call, 'noem één aggregatie als tekst, bijvoorbeeld "mean"')
    return _argument(call, 0, name)
