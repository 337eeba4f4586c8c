"""Requests made at random from the schemas of the specifications, so that a kind added later is fuzzed too.

A request is first generated so that its models accept it, mostly about columns that exist; then some are broken, in
their values, their structure or their bytes. The same number gives the same request.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSequence
from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter, ValidationError

from outputcontrole.spec import Output, Request
from outputcontrole.spec.recipe import Method, digests_of
from outputcontrole.spec.text import Column, Table

_COLUMN = TypeAdapter(Column).json_schema()["pattern"]
_TABLE = TypeAdapter(Table).json_schema()["pattern"]
_OPEN_FIGURES = (
    "gebieden.buurten.inwoners",
    "gebieden.buurten.geometrie",
    "bag.woningen.woz_waarde",
    "geen.enkele.bron",
)
_OTHER_TEXTS = ("an.alist", "proef", "sha256:" + "0" * 64, "BU90010100", "2016-12-31", "a-0123456789ab", "x")

# What a field of this name usually means: chosen nine times in ten, so that most questions are about something.
_MEANT = {
    "tel": {"eenheid"},
    "maat": {"integer", "number", "bedrag"},
    "uitkomst": {"integer", "number", "bedrag", "boolean"},
    "gewicht": {"integer", "number", "bedrag"},
    "x": {"integer", "number", "bedrag"},
    "y": {"integer", "number", "bedrag"},
    "kolommen": {"integer", "number", "bedrag"},
    "dimensies": {"string", "boolean", "date", "integer"},
    "per": {"string", "boolean"},
    "groep": {"string", "boolean"},
    "toestand": {"string", "boolean"},
    "volgorde": {"date", "integer"},
    "duur": {"integer", "number", "bedrag"},
    "gebeurtenis": {"boolean"},
    "kenmerk": {"string", "boolean"},
}
# Recipes: sound ones, ones whose failure would quote a value, and ones that reach for what is not theirs.
RECIPES = (
    "SELECT woning, wie, thuis, tekst, jaar + 1 AS jaar, breuk, bedrag FROM vreemd.rijen WHERE jaar > 1001",
    "SELECT r.woning, r.wie, r.tekst, d.jaar FROM vreemd.rijen r JOIN vreemd.dubbel d ON r.woning = d.woning",
    "SELECT thuis, count(*) AS jaar, sum(bedrag) AS bedrag FROM vreemd.rijen GROUP BY thuis",
    "SELECT woning, wie, tekst, row_number() OVER (PARTITION BY thuis ORDER BY bedrag) AS jaar FROM vreemd.rijen",
    "SELECT * FROM recept.stap_0",
    "SELECT woning, CAST(zeldzaam AS INTEGER) AS jaar FROM vreemd.rijen",
    "SELECT woning, CAST(tekst AS DATE) AS datum FROM vreemd.rijen",
    "SELECT woning, error(tekst) AS tekst FROM vreemd.rijen",
    "SELECT woning, bedrag * 9000000000000 * 9000000000000 AS bedrag FROM vreemd.rijen",
    "SELECT woning, hash(wie) % 2 AS bit, tekst FROM vreemd.rijen",
    "SELECT woning, (SELECT max(bedrag) FROM vreemd.rijen) AS bedrag FROM vreemd.rijen",
    "SELECT woning, 1 / (jaar - 1002) AS jaar FROM vreemd.rijen",
    "SELECT a.woning, b.bedrag FROM vreemd.rijen a, vreemd.rijen b WHERE a.bedrag < b.bedrag",
    "PIVOT vreemd.rijen ON zeldzaam USING sum(bedrag) GROUP BY woning",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT woning, random() AS breuk FROM vreemd.rijen",
    "SELECT woning FROM vreemd.rijen; DROP TABLE vreemd.rijen",
    "SELECT " + "(" * 150 + "1" + ")" * 150 + " AS jaar FROM vreemd.rijen",
    "SELECT woning, [x for x in [1]] AS y FROM vreemd.rijen",
    "SELEC woning FRM",
    "ATTACH '/tmp/x.db'",
    'SELECT woning AS "GEHEIM" FROM vreemd.rijen',
)
MODULES = (
    "def maak(rijen):\n    return rijen[['woning', 'tekst', 'jaar']]\n",
    "def maak(rijen):\n    raise ValueError(str(rijen.zeldzaam.max()))\n",
    "def maak(rijen):\n    return 3\n",
)
# How often an optional field is filled in; others four times in ten.
_WANTED = {"soort": 1.0, "tel": 0.95, "filter": 0.35, "bescherming": 0.8}
VALUES: dict[str, list[Any]] = {
    "string": ["gewoon", "vaak", "een", "BU90010100", "appartement", "onbekend", "=1+1", "é\u0301😀", "'", '"', ""],
    "integer": [0, 1, -1, 2, 1002, 1950, 300_000, -400_000_000, 500_000_000, 2**53 - 1, 1003],
    "bedrag": [0, 1, 300_000, -400_000_000, 500_000_000, 300_000_000, -1],
    "number": [0, 1, "0.5", "50.25", "-1e5", "1" * 38, "0." + "3" * 30],
    "boolean": [True, False],
    "date": ["2010-01-01", "2011-01-01", "0001-01-01", "9999-12-31", "2016-02-30", "1970-01-01"],
    "eenheid": ["x", 1],
    "uuid": ["x", "00000000-0000-0000-0000-000000000000"],
}
WORDS = ("Een tabel", "Woningen naar soort", "Overzicht zonder getallen", "Vier cijfers 1234", "De buurten van de stad")
HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 5e-324, 2**53, -(2**63), 10**15, "", " ", "x", "NaN", "Infinity",
    [], {}, [[]], [None], {"x": {}}, [1, "a", None], "'; DROP TABLE brp; --", '" OR 1=1 --', "${jndi:x}", "{0.x}",
    "%s%n", "../../etc/passwd", "\\", "é\u0301😀", "\u202eomgekeerd", "\u0000", "\ud800", "a" * 5000, "\n\n", "=1+1",
    "bijdrager", "n", "d0", "_bijdrager", "rowid", "Totaal", "woning", "wie", "eigenaren", "melding", "buurtcode",
    "vreemd.rijen", "vreemd.niemand", "information_schema.tables", "pg_catalog.pg_class", "main.sqlite_master",
    "bron.tabel", ["waarde"] * 300, {"en": [{"of": []}]}, "2016-12-31", list(range(100)),
]  # fmt: skip


class Fuzzer:
    """One request, made from a number.

    sources: table `bron.tabel` or indicator -> column -> type (see `columns_of_world`).
    """

    def __init__(self, number: int, sources: Mapping[str, Mapping[str, str]]) -> None:
        self._case = number
        self._random = random.Random(number)
        self._sources = sources
        self._source = ""
        self._chosen: list[str] = []
        self._definitions: dict[str, Any] = {}
        self._digests: dict[str, str] = {}

    def content(self) -> bytes:
        """Return the bytes of the request."""
        request = self.request()
        if self._random.random() < 0.4:
            for _ in range(self._random.choice((1, 1, 1, 2, 4))):
                self._break(request)
        text = json.dumps(request, ensure_ascii=self._random.random() < 0.5)
        content = text.encode("utf-8", errors="surrogatepass")
        return self._broken_bytes(content) if self._random.random() < 0.08 else content

    def request(self) -> dict[str, Any]:
        """Return a request of which every output is accepted by its model."""
        schema = _REQUEST_SCHEMA
        self._definitions = schema["$defs"]
        recipes = self._recipes() if self._random.random() < 0.12 else []
        outputs = [self._output(number) for number in range(self._random.choice((1, 1, 1, 1, 1, 2, 2, 3, 5)))]
        request = {
            "versie": 1,
            "project": "proef",
            "auteur": "an.alist",
            "vraag": "Waar wijken woningen af?",
            "populatie": "Alle woningen in de stad",
            "gebruik": "Voor het team ondermijning",
            "ontvangers": "De stuurgroep van de stad",
            "uitvoer": outputs,
            **({"recepten": recipes} if recipes else {}),
        }
        for name, field in schema["properties"].items():
            # a field that requests get later
            if name not in {*request, "recepten"} and self._random.random() < 0.1:
                request[name] = self._value(field, name, 0)
        return request

    def _recipes(self) -> list[dict[str, Any]]:
        """Return the recipes of a request, about which its outputs may then be."""
        made: list[dict[str, Any]] = []
        for number in range(self._random.choice((1, 1, 2))):
            recipe: dict[str, Any] = {"naam": f"stap_{number}", "soort": "sql", "sql": self._random.choice(RECIPES)}
            if self._random.random() < 0.03:
                module = {"soort": "python", "module": self._random.choice(MODULES), "functie": "maak"}
                recipe = {"naam": f"stap_{number}", **module, "tabellen": ["vreemd.rijen"]}
            made.append(recipe)
        self._digests = digests_of(Method.model_validate({"recepten": made}).recepten)
        columns = self._sources["vreemd.rijen"]
        self._sources = {**self._sources, **{f"recept:{name}": columns for name in self._digests}}
        return made

    def _output(self, number: int) -> dict[str, Any]:
        kinds = _REQUEST_SCHEMA["properties"]["uitvoer"]["items"]["oneOf"]
        # in turn, so that few requests hold every kind
        kind = kinds[(self._case + 11 * number) % len(kinds)]
        for _ in range(40):
            self._chosen = []
            output: dict[str, Any] = self._value(kind, "uitvoer", 0)
            output["naam"] = f"uitvoer-{number}"
            try:
                _OUTPUT.validate_python(output)
            except ValidationError:
                continue
            break
        return output

    # by schema

    def _value(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if "$ref" in schema:
            return self._value(self._definitions[schema["$ref"].rsplit("/", 1)[1]], name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._value(self._random.choice(schema[union]), name, depth)
        make: Mapping[str, Callable[[Mapping[str, Any], str, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda *_: self._random.random() < 0.5,
            "null": lambda *_: None,
        }
        kind = schema.get("type")
        return make[kind](schema, name, depth) if kind in make else deepcopy(self._random.choice(HOSTILE))

    def _object(self, schema: Mapping[str, Any], name: str, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if properties is None:
            return self._mapping(schema, name, depth)
        outer = self._source
        if "bron" in properties or depth == 0:
            usual = [*self._sources, *["vreemd.rijen", "bag.woningen"] * 4]
            self._source = self._random.choice([f"recept:{name}" for name in self._digests] * 9 or usual)
        made = {}
        for key, field in properties.items():
            if key in schema.get("required", ()) or self._random.random() < _WANTED.get(key, 0.4):
                made[key] = self._field(field, key, depth + 1)
        self._source = outer if depth else self._source
        return made

    def _field(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if name == "filter":
            return self._filter()
        if name == "bron" and self._random.random() < 0.92:
            if self._source.startswith("recept:"):
                name = self._source.removeprefix("recept:")
                return {"recept": name, "sha256": self._digests[name]}
            return {"tabel": self._source} if "." in self._source else {"indicator": self._source}
        return self._value(schema, name, depth)

    def _mapping(self, schema: Mapping[str, Any], name: str, depth: int) -> dict[str, Any]:
        ((_, field),) = [*schema.get("patternProperties", {"": schema.get("additionalProperties", {})}).items()]
        numeric = [name for name in self._chosen if self._type(name) in _MEANT["maat"]]
        keys = numeric[-2:] if name == "klassen" else ["minimum", "jaren", "periode_start"]
        if self._random.random() < 0.05:
            keys = self._chosen[-2:]
        return {key: self._value(field, name, depth + 1) for key in keys[: self._random.randint(0, 2)]}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 6)
        length = min(most, least + self._random.choice((0, 0, 1, 1, 2, 3, 8)))
        if depth > 6:
            length = least
        made = [self._value(schema["items"], name, depth + 1) for _ in range(length)]
        numbers = all(isinstance(value, int | float) for value in made)
        # boundaries ascend, and a column is named once
        return sorted(set(made)) if numbers else _distinct(made) if self._random.random() < 0.9 else made

    def _string(self, schema: Mapping[str, Any], name: str, _: int) -> str:
        pattern = schema.get("pattern")
        if pattern == _COLUMN:
            return self._column(name)
        if pattern == _TABLE:
            return self._source if "." in self._source else self._random.choice([s for s in self._sources if "." in s])
        if pattern is not None:
            fitting = [text for text in (*_OPEN_FIGURES, *_OTHER_TEXTS) if re.search(pattern, text)]
            return self._random.choice(fitting or ["x"])
        if name in {"waarde", "referentie", "groepen", "basis", "parameters"}:
            return str(self._scalar())
        words = self._random.choice(WORDS)
        return words[: schema.get("maxLength", len(words))]

    def _integer(self, schema: Mapping[str, Any], name: str, _: int) -> int:
        if name in {"waarde", "referentie", "groepen"}:
            return self._random.choice(VALUES["integer"])
        low, high = int(schema.get("minimum", -(10**12))), int(schema.get("maximum", 10**12))
        near = [value for value in (low, high, 0, 1, 2, 3, 5, 10, 100) if low <= value <= high]
        return self._random.choice(near) if self._random.random() < 0.8 else self._random.randint(low, high)

    def _number(self, schema: Mapping[str, Any], name: str, depth: int) -> float:
        low, high = schema.get("minimum", -1e9), schema.get("maximum", 1e9)
        near = [v for v in (low, high, 0, 0.05, 0.1, 0.25, 0.5, 1, 2, 10, 50, 1002, 1950, 3e5, 5e8) if low <= v <= high]
        any_number = self._random.uniform(low, high)
        return float(self._random.choice([*near * 3, round(any_number, 2), any_number]))

    def _column(self, name: str) -> str:
        if name == "indicator":
            return self._random.choice(["doorverkoop_zelfde_dag", "doorsluishuis"] * 6 + ["windhapper", "weg"])
        if name in {"naam", "parameters"}:
            return self._random.choice(["een", "twee", "drie", "vier", "minimum", "jaren"])
        columns = self._sources.get(self._source, {})
        meant = _MEANT.get(name, set())
        fitting = [column for column, kind in columns.items() if kind in meant]
        if meant & {"string"} and "buurtcode" in columns:
            fitting += ["buurtcode", "wijkcode", "gemeentecode"]
        if not meant and self._random.random() < 0.95:
            fitting = [column for column, kind in columns.items() if kind not in {"eenheid", "uuid"}]
        if not fitting or self._random.random() < 0.04:
            fitting = [*columns, "weg", "wijkcode"]
        column = self._random.choice(fitting)
        self._chosen.append(column)
        return column

    def _type(self, column: str) -> str:
        return self._sources.get(self._source, {}).get(column, "string")

    def _scalar(self) -> Any:
        kind = self._type(self._chosen[-1] if self._chosen else "")
        return self._random.choice(VALUES[kind if self._random.random() < 0.9 else "string"])

    # filters

    def _filter(self) -> Any:
        if self._random.random() < 0.25:
            return self._filter_text()
        return [self._conjunct(0) for _ in range(self._random.choice((1, 1, 2, 4)))]

    def _conjunct(self, depth: int) -> dict[str, Any]:
        if depth < 4 and self._random.random() < 0.2:
            parts = [self._conjunct(depth + 1) for _ in range(self._random.randint(1, 3))]
            return {self._random.choice(("en", "of")): parts}
        operator = self._random.choice(("=", "!=", "<", "<=", ">", ">=", "in", "niet in", "leeg", "niet leeg"))
        condition: dict[str, Any] = {"kolom": self._column("filter"), "is": operator}
        if operator in {"in", "niet in"}:
            condition["waarde"] = [self._scalar() for _ in range(self._random.choice((1, 2, 40)))]
        elif "leeg" not in operator:
            condition["waarde"] = self._scalar()
        return condition

    def _filter_text(self) -> str:
        pieces = []
        for _ in range(self._random.choice((1, 2, 3, 12))):
            column, operator = self._column("filter"), self._random.choice(("=", "!=", "<", ">=", "is leeg", "in"))
            value = json.dumps(self._scalar(), ensure_ascii=False)
            value = "" if operator == "is leeg" else f"[{value}]" if operator == "in" else value
            pieces.append(self._random.choice(("", "niet ", "(")) + f"{column} {operator} {value}")
        text = self._random.choice((" en ", " of ", " and ")).join(pieces)
        text += ")" * text.count("(")
        if self._random.random() < 0.2:
            place = self._random.randrange(len(text))
            text = text[:place] + self._random.choice("()[]'\"`=\\;–😀\n") + text[place + self._random.randint(0, 3) :]
        return text

    # breaking

    def _break(self, request: dict[str, Any]) -> None:
        holder, key = self._random.choice(list(_places(request)))
        match self._random.choice(("value", "value", "column", "column", "delete", "add", "double", "swap")):
            case "value":
                holder[key] = deepcopy(self._random.choice(HOSTILE))
            case "column":
                columns = [place for place in _places(request) if _names_a_column(place, self._sources)]
                if columns:
                    holder, key = self._random.choice(columns)
                    every = [column for columns in self._sources.values() for column in columns]
                    holder[key] = self._random.choice(every)
            case "delete":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[self._random.choice(("extra", "n_min", "drempel", "sql", "waarde", "__proto__", "soort"))] = 3
            case "double" if isinstance(holder, list):
                holder.extend(deepcopy(holder[key]) for _ in range(self._random.choice((1, 60))))
            case "swap":
                other, where = self._random.choice(list(_places(request)))
                if not (_inside(holder[key], other) or _inside(other[where], holder)):
                    holder[key], other[where] = other[where], holder[key]

    def _broken_bytes(self, content: bytes) -> bytes:
        place = self._random.randrange(len(content))
        deep = self._random.choice((3, 40, 5000, 200_000))
        numbers = [found.span() for found in re.finditer(rb"(?<=: )-?\d+", content)]
        start, end = self._random.choice(numbers or [(0, 0)])
        odd = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 5000, b"9007199254740993", b"-0", b"0.1e-400"]
        return self._random.choice(
            [
                content[:place],
                content[:place] + b"\xff\xfe" + content[place:],
                b"\xef\xbb\xbf" + content,
                content[:start] + self._random.choice(odd) + content[end:],
                content[:start] + b"[" * deep + b"]" * deep + content[end:],
                content[:start] + b'{"en": [' * deep + b"]}" * deep + content[end:],
                content[:-1] + b', "versie": 1}',
                content.replace(b'"filter": [', b'"filter": ' + b'[{"of": ' * 60 + b"[", 1),
                content + content,
                b"",
                b"null",
                b"[" + content + b"]",
                content.replace(b'"', b"'"),
                bytes(self._random.randrange(256) for _ in range(200)),
            ]
        )


def _distinct(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


Holder = MutableMapping[str, Any] | MutableSequence[Any]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value: what holds it, and its key or number there."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, part in items:
        yield value, key
        yield from _places(part)


def _names_a_column(place: tuple[Any, Any], sources: Mapping[str, Mapping[str, str]]) -> bool:
    value = place[0][place[1]]
    return isinstance(value, str) and any(value in columns for columns in sources.values())


def _inside(value: Any, holder: Any) -> bool:
    return value is holder or any(other is holder or other[key] is holder for other, key in _places(value))


_REQUEST_SCHEMA: dict[str, Any] = Request.model_json_schema(by_alias=True)
_OUTPUT: TypeAdapter[Any] = TypeAdapter(Output)
