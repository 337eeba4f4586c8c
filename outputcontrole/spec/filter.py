"""A filter: which rows a question is about, as conditions or as one line of text.

    woz_waarde > 200000 en (woningtype in ["hoekwoning", "tussenwoning"] of niet leeg(bouwjaar)) en jaar >= 2010

The text is parsed into a tree of conditions here and nowhere evaluated as code; the checker builds SQL from the tree,
with every value as a bound parameter. English words (`and`, `or`, `not`, `is null`, `true`) may stand for the Dutch
ones.

Normal form: negations are carried inwards to the conditions (which is sound in SQL's logic of three values), equal
nesting is flattened, equal parts are one, and parts stand in order of their canonical bytes. A conjunction at the top
is a list. A list of plain conditions stays as it was written: its digest stands in signatures given before trees were.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, TypeAdapter, model_validator

from outputcontrole.spec.text import Column, Value, printable
from zoo_formaat.canonical import canonical_bytes
from zoo_formaat.document import Strict, parse_values

Scalar = Value | int | bool
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "niet in", "leeg", "niet leeg"]

MAX_LENGTH = 10_000
MAX_CONDITIONS = 200
MAX_DEPTH = 8
MAX_VALUES = 1000
_WHOLE_LIMIT = 2**53
# A level of brackets holds at most an `of` and an `en`, each a table and a list in JSON; around them lists of values.
_MAX_NESTED = 4 * MAX_DEPTH + 4

_OPPOSITE: dict[str, Operator] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "niet in",
    "niet in": "in",
    "leeg": "niet leeg",
    "niet leeg": "leeg",
}


class Condition(Strict):
    """One condition on a column.

    `waarde` is a text, a whole number, true or false, a date as YYYY-MM-DD, or, with `in` and `niet in`, a list of
    these. It reaches the database as a bound parameter only.
    """

    kolom: Column
    is_: Operator = Field(alias="is")
    waarde: Scalar | list[Scalar] | None = None

    @model_validator(mode="after")
    def _value_fits(self) -> "Condition":
        if self.is_ in {"leeg", "niet leeg"}:
            if self.waarde is not None:
                raise ValueError(f"'{self.is_}' heeft geen waarde nodig; laat 'waarde' weg")
        elif self.is_ in {"in", "niet in"}:
            if not isinstance(self.waarde, list) or not 1 <= len(self.waarde) <= MAX_VALUES:
                raise ValueError(f"'{self.is_}' verwacht een lijst van 1 tot {MAX_VALUES} waarden")
        elif self.waarde is None or isinstance(self.waarde, list):
            raise ValueError(f"'{self.is_}' verwacht één waarde")
        return self


class AllOf(Strict):
    """Everything in `en` holds. At the top of a filter it is a list of its own."""

    en: list["Conjunct"] = Field(min_length=1, max_length=MAX_CONDITIONS)


class AnyOf(Strict):
    """At least one in `of` holds."""

    of: list["Conjunct"] = Field(min_length=1, max_length=MAX_CONDITIONS)


def _sort_of(node: object) -> str:
    if isinstance(node, AllOf) or (isinstance(node, dict) and "en" in node):
        return "alle van"
    if isinstance(node, AnyOf) or (isinstance(node, dict) and "of" in node):
        return "een van"
    return "voorwaarde"


Conjunct = Annotated[
    Annotated[Condition, Tag("voorwaarde")] | Annotated[AllOf, Tag("alle van")] | Annotated[AnyOf, Tag("een van")],
    Discriminator(_sort_of),
]
Node = Condition | AllOf | AnyOf

AllOf.model_rebuild()
AnyOf.model_rebuild()


def conditions_of(conjuncts: Iterable[Node]) -> Iterator[Condition]:
    """Yield every condition in a filter or a part of it, whatever it is joined or nested in."""
    for node in conjuncts:
        match node:
            case Condition():
                yield node
            case AllOf():
                yield from conditions_of(node.en)
            case AnyOf():
                yield from conditions_of(node.of)


def columns_of_filter(conjuncts: Iterable[Node]) -> set[str]:
    """Return the columns that a filter reads."""
    return {condition.kolom for condition in conditions_of(conjuncts)}


def canonical_filter(conjuncts: Iterable[Node]) -> tuple[Node, ...]:
    """Return a filter in normal form: equal filters have equal normal forms, in whatever order they were written."""
    found = list(conjuncts)
    return tuple(_parts(_normal(AllOf(en=found)), AllOf)) if found else ()


def record_of(conjuncts: Iterable[Node]) -> list[dict[str, Any]]:
    """Return a filter as JSON values, as it stands."""
    return [node.model_dump(mode="json", by_alias=True) for node in conjuncts]


def filter_of_record(record: object) -> tuple[Node, ...]:
    """Rebuild a filter from `record_of`. Raises pydantic's ValidationError for anything else."""
    return tuple(_ADAPTER.validate_python(record))


def _normal(node: Node) -> Node:
    if isinstance(node, Condition):
        return _normal_condition(node)
    kind = type(node)
    parts: dict[bytes, Node] = {}
    for child in _parts(node, kind):
        for part in _parts(_normal(child), kind):
            parts[_spelling(part)] = part
    ordered = [parts[key] for key in sorted(parts)]
    if len(ordered) == 1:
        return ordered[0]
    return AllOf(en=ordered) if kind is AllOf else AnyOf(of=ordered)


def _normal_condition(condition: Condition) -> Condition:
    if not isinstance(condition.waarde, list):
        return condition
    # not by Python's equality, to which 1 and true are the same
    values = {canonical_bytes(value): value for value in condition.waarde}
    ordered = [values[key] for key in sorted(values)]
    if len(ordered) > 1:
        return Condition.model_validate({"kolom": condition.kolom, "is": condition.is_, "waarde": ordered})
    single = "=" if condition.is_ == "in" else "!="
    return Condition.model_validate({"kolom": condition.kolom, "is": single, "waarde": ordered[0]})


def _parts(node: Node, kind: type[Node]) -> Sequence[Node]:
    """Return the operands of a node of a kind; any other node is its own only operand."""
    if isinstance(node, AllOf) and kind is AllOf:
        return node.en
    if isinstance(node, AnyOf) and kind is AnyOf:
        return node.of
    return [node]


def _spelling(node: Node) -> bytes:
    return canonical_bytes(node.model_dump(mode="json", by_alias=True))


def _opposite(node: Node) -> Node:
    """Return what holds where a node is false, and is unknown where it is (De Morgan, in three values)."""
    match node:
        case AllOf():
            return AnyOf(of=[_opposite(part) for part in node.en])
        case AnyOf():
            return AllOf(en=[_opposite(part) for part in node.of])
        case Condition():
            values = {"kolom": node.kolom, "is": _OPPOSITE[node.is_], "waarde": node.waarde}
            return Condition.model_validate(values)


# --- text ------------------------------------------------------------------------------------------------------------


class FilterError(ValueError):
    """What is wrong in the text of a filter, in Dutch, with the position."""


def parse_filter(text: str, where: str = "filter") -> tuple[Node, ...]:
    """Parse the text of a filter into its normal form: conjuncts that all hold.

    Raises UserError that says at which character something else was expected, and what.
    """
    return tuple(parse_values({"filter": text}, _Holder, where).filter)


def filter_text(conjuncts: Iterable[Node]) -> str:
    """Return a filter as text, as `parse_filter` reads it; empty for no filter."""
    return " en ".join(_text(node, inside="en") for node in conjuncts)


def _text(node: Node, inside: str) -> str:
    match node:
        case AllOf():
            joined = " en ".join(_text(part, "en") for part in node.en)
            return joined if inside == "en" or len(node.en) == 1 else f"({joined})"
        case AnyOf():
            joined = " of ".join(_text(part, "of") for part in node.of)
            return joined if inside == "of" or len(node.of) == 1 else f"({joined})"
        case Condition():
            column = f"`{node.kolom}`" if node.kolom in _WORDS else node.kolom
            if node.is_ in {"leeg", "niet leeg"}:
                return f"{node.is_}({column})"
            if isinstance(node.waarde, list):
                return f"{column} {node.is_} [{', '.join(map(_literal, node.waarde))}]"
            return f"{column} {node.is_} {_literal(node.waarde)}"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "waar" if value else "onwaar"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_WORDS = {
    "en": "en",
    "and": "en",
    "of": "of",
    "or": "of",
    "niet": "niet",
    "not": "niet",
    "in": "in",
    "is": "is",
    "leeg": "leeg",
    "empty": "leeg",
    "null": "leeg",
    "waar": "waar",
    "true": "waar",
    "onwaar": "onwaar",
    "false": "onwaar",
}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | `(?P<column>[^`\n]*)`
      | (?P<date>\d{4}-\d{1,2}-\d{1,2})
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<operator><=|>=|<>|!=|==|=|<|>)
      | (?P<mark>[()\[\],])""",
    re.VERBOSE | re.DOTALL,
)
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class _Token:
    """kind: `word` (value: the Dutch one), `name`, `value`, `operator`, `mark` or `end`; at: position, from 1."""

    kind: str
    value: Any
    at: int
    spelled: str


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        at = position + 1
        if match is None:
            if text[position] in "\"'`":
                _fail(at, f"een tekst die met {text[position]} begint, eindigt niet; sluit hem met {text[position]}")
            _fail(at, f"'{_shown(text[position])}' heeft hier geen betekenis; verwacht een kolom, waarde of teken")
        found += _token(str(match.lastgroup), match.group(str(match.lastgroup)), at)
        position = match.end()
    return [*found, _Token("end", None, len(text) + 1, "het einde")]


def _token(kind: str, spelled: str, at: int) -> list[_Token]:
    shown = f"'{_shown(spelled)}'"
    match kind:
        case "space":
            return []
        case "name" if spelled.lower() in _WORDS:
            return [_Token("word", _WORDS[spelled.lower()], at, shown)]
        case "name" | "column":
            if not _COLUMN.fullmatch(spelled):
                _fail(at, f"{shown} is geen kolomnaam; die bestaat uit kleine letters, cijfers en _")
            return [_Token("name", spelled, at, shown)]
        case "date":
            _fail(at, f'zet een datum tussen aanhalingstekens: "{spelled}"')
        case "number":
            return [_Token("value", _number(spelled, at), at, shown)]
        case "text":
            return [_Token("value", _string(spelled, at), at, shown)]
        case _:
            operator = {"==": "=", "<>": "!="}.get(spelled, spelled)
            return [_Token(kind, operator, at, shown)]


def _number(spelled: str, at: int) -> int | str:
    if "." in spelled:
        # a float would round; the database reads the digits as they stand
        if len(spelled) > 40:
            _fail(at, "dit getal is te lang")
        return spelled
    if len(spelled) > 16 or abs(int(spelled)) >= _WHOLE_LIMIT:
        _fail(at, "dit getal is te groot; hele getallen blijven onder 2^53")
    return int(spelled)


def _string(spelled: str, at: int) -> str:
    value = re.sub(r"\\(.)", r"\1", spelled[1:-1], flags=re.DOTALL)
    if len(value) > 200:
        _fail(at, "deze tekst is langer dan 200 tekens")
    try:
        return printable(value)
    except ValueError as error:
        _fail(at, f"deze tekst {error}")


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:30])


def _fail(at: int, message: str) -> NoReturn:
    raise FilterError(f"teken {at}: {message}")


class _Parser:
    """Recursive descent: `of` binds weakest, then `en`, then `niet`."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0
        self._conditions = 0

    def parse(self) -> Node:
        """Return the tree of the whole text."""
        node = self._disjunction()
        self._expect("end", None, "'en', 'of' of het einde")
        return node

    @property
    def _now(self) -> _Token:
        return self._tokens[self._next]

    def _accept(self, kind: str, *values: object) -> _Token | None:
        token = self._now
        if token.kind != kind or (values and token.value not in values):
            return None
        self._next += 1
        return token

    def _expect(self, kind: str, value: object, what: str) -> _Token:
        token = self._accept(kind) if value is None else self._accept(kind, value)
        if token is None:
            _fail(self._now.at, f"verwacht {what}, maar er staat {self._now.spelled}")
        return token

    def _disjunction(self) -> Node:
        parts = [self._conjunction()]
        while self._accept("word", "of"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else AnyOf(of=parts)

    def _conjunction(self) -> Node:
        parts = [self._factor()]
        while self._accept("word", "en"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else AllOf(en=parts)

    def _factor(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(self._now.at, f"te diep genest; hooguit {MAX_DEPTH} niveaus van haakjes en 'niet'")
        try:
            if self._accept("word", "niet"):
                return _opposite(self._factor())
            if self._accept("mark", "("):
                node = self._disjunction()
                self._expect("mark", ")", "'en', 'of' of ')'")
                return node
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            _fail(self._now.at, f"meer dan {MAX_CONDITIONS} voorwaarden; gebruik 'in' met een lijst")
        if self._accept("word", "leeg"):
            self._expect("mark", "(", "'(' na 'leeg'")
            column = self._expect("name", None, "een kolomnaam").value
            self._expect("mark", ")", "')'")
            return _condition(column, "leeg", None)
        column = self._expect("name", None, "een kolomnaam, 'niet', 'leeg(kolom)' of '('").value
        if self._accept("word", "is"):
            negated = self._accept("word", "niet")
            self._expect("word", "leeg", "'leeg' of 'niet leeg' na 'is'")
            return _condition(column, "niet leeg" if negated else "leeg", None)
        negated = self._accept("word", "niet")
        if self._accept("word", "in"):
            return _condition(column, "niet in" if negated else "in", self._values())
        if negated:
            _fail(self._now.at, f"verwacht 'in' na 'niet', maar er staat {self._now.spelled}")
        operator = self._expect("operator", None, "=, !=, <, <=, >, >=, 'in' of 'is leeg'").value
        return _condition(column, operator, self._value())

    def _values(self) -> list[Scalar]:
        self._expect("mark", "[", "'[' met de lijst van waarden")
        values = [self._value()]
        while self._accept("mark", ","):
            if len(values) == MAX_VALUES:
                _fail(self._now.at, f"meer dan {MAX_VALUES} waarden in een lijst")
            values.append(self._value())
        self._expect("mark", "]", "',' of ']'")
        return values

    def _value(self) -> Scalar:
        if truth := self._accept("word", "waar", "onwaar"):
            return bool(truth.value == "waar")
        value: Scalar = self._expect("value", None, 'een getal, "tekst" tussen aanhalingstekens, waar of onwaar').value
        return value


def _condition(column: str, operator: str, value: object) -> Condition:
    return Condition.model_validate({"kolom": column, "is": operator, "waarde": value})


# --- the type of a filter in a specification -------------------------------------------------------------------------


def _read(value: object) -> object:
    """Take text as a filter, and refuse what is nested too deep before anything walks through it."""
    if isinstance(value, str):
        if not value.strip():
            return []
        if len(value) > MAX_LENGTH:
            raise FilterError(f"langer dan {MAX_LENGTH} tekens; gebruik 'in' met een lijst of deel de vraag op")
        return list(_parts(_normal(_Parser(value).parse()), AllOf))
    if _nested(value) > _MAX_NESTED:
        raise FilterError(f"te diep genest; hooguit {MAX_DEPTH} niveaus van 'en' en 'of'")
    return value


def _nested(value: object) -> int:
    """Return how deep lists and tables are nested, looking no further than matters."""
    depth, level = 0, [value]
    while level and depth <= _MAX_NESTED:
        depth += 1
        level = [
            part
            for value in level
            for part in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
            if isinstance(part, dict | list)
        ]
    return depth


def _checked(conjuncts: list[Any]) -> list[Any]:
    """Limit a filter, and bring one that is more than a list of plain conditions into normal form."""
    if sum(1 for _ in conditions_of(conjuncts)) > MAX_CONDITIONS:
        raise FilterError(f"meer dan {MAX_CONDITIONS} voorwaarden; gebruik 'in' met een lijst")
    if all(isinstance(node, Condition) for node in conjuncts):
        return conjuncts
    return list(canonical_filter(conjuncts))


Filter = Annotated[list[Conjunct], BeforeValidator(_read), AfterValidator(_checked)]
_ADAPTER: TypeAdapter[list[Node]] = TypeAdapter(Filter)


class _Holder(Strict):
    filter: Filter
