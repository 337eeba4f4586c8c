"""Read a TOML document into a strict model, with errors that name the line and the fix."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from zoo_formaat.errors import UserError

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A model that is frozen, knows all its fields and changes no types silently."""

    # input is hidden: an exception of pydantic that goes astray must not carry a secret or a cell into a traceback
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class FieldError(ValueError):
    """What is wrong with one field, raised by a check that sees more than that field.

    place: the way to the field below the model that checks, so that the message names its line.
    """

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place


def read_bytes(path: Path, what: str) -> bytes:
    """Return the bytes of a file; raises UserError naming `what` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{what} {path} bestaat niet; controleer het pad") from None
    except IsADirectoryError:
        raise UserError(f"{what} {path} is een map, geen bestand; noem het bestand zelf") from None
    except PermissionError:
        raise UserError(f"{what} {path} is niet leesbaar voor u; vraag de beheerder om leesrecht") from None
    except OSError:
        raise UserError(f"{what} {path} is niet te openen; controleer het pad") from None


def parse_document(content: bytes, model: type[Model], source: str) -> Model:
    """Parse TOML bytes into `model` (a `Strict` model).

    `source` names the file in errors. Raises UserError with file, line, field and a fix: the nearest known field for
    an unknown one, the expected type for a wrong value.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"{source}, regel {line}: geen UTF-8; bewaar het bestand als UTF-8") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
        where = f"{source}, regel {place.group(1)}, kolom {place.group(2)}" if place else source
        reason = message[: place.start()] if place else message
        raise UserError(f"{where}: geen geldige TOML ({reason})") from None
    except (ValueError, RecursionError):
        # an integer of thousands of digits, or nesting of thousands of levels
        raise UserError(f"{source}: geen bruikbare TOML; een getal is te lang of een lijst te diep genest") from None
    return parse_values(data, model, source, text)


def parse_values(data: dict[str, Any], model: type[Model], source: str, text: str = "") -> Model:
    """Validate parsed values against `model`; `text` is where line numbers are looked up. Raises UserError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        message = _message(error, model, source, data, text)
    # Not in the handler: as context of ours, pydantic's error, which holds what was in the document, would live on.
    raise UserError(message)


def _message(error: ValidationError, model: type[BaseModel], source: str, data: dict[str, Any], text: str) -> str:
    # a misspelled field is also a missing one; the misspelling is what helps
    found = sorted(error.errors(include_url=False), key=lambda problem: problem["type"] != "extra_forbidden")
    problems = [_problem(problem, model, source, data, text) for problem in found]
    return problems[0] + (f" (en nog {len(problems) - 1})" if len(problems) > 1 else "")


def _problem(problem: Any, model: type[BaseModel], source: str, data: dict[str, Any], text: str) -> str:
    inside = getattr(problem.get("ctx", {}).get("error"), "place", ())
    location = _place((*problem["loc"], *inside), data, missing=problem["type"] == "missing")
    field = f"veld '{'.'.join(str(part) for part in location)}'"
    line = _line_of(location, text)
    where = f"{source}, regel {line}" if line else source
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = sorted(_fields_at(model, problem["loc"][:-1]))
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        fix = f"bedoelde u '{near[0]}'?" if near else f"bekend zijn: {', '.join(known)}"
        return f"{where}: onbekend {field}; {fix}"
    if kind == "missing":
        return f"{where}: {field} ontbreekt; voeg het toe"
    if kind == "value_error":
        return f"{where}: {field}: {problem['ctx']['error']}" if location else f"{where}: {problem['ctx']['error']}"
    return f"{where}: {field} klopt niet: {_expected(problem)}"


# per kind of pydantic error; the names in braces are what pydantic tells about it
_EXPECTED = {
    "string_type": "verwacht tekst tussen aanhalingstekens",
    "int_type": "verwacht een geheel getal",
    "float_type": "verwacht een getal",
    "bool_type": "verwacht true of false",
    "date_type": "verwacht een datum zonder aanhalingstekens, bijvoorbeeld 2027-12-31",
    "list_type": "verwacht een lijst tussen vierkante haken",
    "tuple_type": "verwacht een lijst tussen vierkante haken",
    "dict_type": "verwacht een tabel",
    "model_type": "verwacht een tabel",
    "model_attributes_type": "verwacht een tabel",
    "literal_error": "verwacht een van {expected}",
    "enum": "verwacht een van {expected}",
    "union_tag_invalid": "verwacht voor {discriminator} een van {expected_tags}",
    "union_tag_not_found": "{discriminator} ontbreekt; voeg het toe",
    "string_pattern_mismatch": "verwacht de vorm {pattern}",
    "greater_than_equal": "verwacht minstens {ge}",
    "greater_than": "verwacht meer dan {gt}",
    "less_than_equal": "verwacht hooguit {le}",
    "less_than": "verwacht minder dan {lt}",
    "too_short": "verwacht minstens {min_length} waarde(n)",
    "too_long": "verwacht hooguit {max_length} waarde(n)",
    "string_too_short": "verwacht minstens {min_length} teken(s)",
    "string_too_long": "verwacht hooguit {max_length} teken(s)",
}


def _expected(problem: Any) -> str:
    template = _EXPECTED.get(problem["type"], "andere soort waarde verwacht")
    return template.format(**problem.get("ctx", {})).replace("' or '", "' of '")


Location = tuple[str | int, ...]


def _place(location: Location, data: Any, *, missing: bool) -> Location:
    """Return the parts of pydantic's location that exist in the data (it adds the names of union choices)."""
    place: list[str | int] = []
    for part in location:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int)
        if inside:
            data = data[part]
            place.append(part)
    return (*place, location[-1]) if missing else tuple(place)


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_STATEMENT = re.compile(rf"[ \t]*(\[{{0,2}})[ \t]*({_KEY}(?:[ \t]*\.[ \t]*{_KEY})*)")
_TOKEN = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[{]|[\]}]|\n""", re.DOTALL
)


def _statements(text: str) -> Iterator[tuple[int, Location]]:
    """Yield the line and the full path of every table header and key of a valid TOML text."""
    arrays: dict[Location, int] = {}
    table: Location = ()
    position = 0
    while position < len(text):
        line = text.count("\n", 0, position) + 1
        statement = _STATEMENT.match(text, position)
        if statement:
            keys = [key.strip("\"'") for key in re.findall(_KEY, statement.group(2))]
            path: Location = () if statement.group(1) else table
            for depth, key in enumerate(keys, start=1):
                path = (*path, key)
                if statement.group(1) == "[[" and depth == len(keys):
                    arrays[path] = arrays.get(path, -1) + 1
                if path in arrays:
                    path = (*path, arrays[path])
            if statement.group(1):
                table = path
            yield line, path
            position = statement.end() + (len(statement.group(1)) if statement.group(1) else 0)
        depth = 0
        for token in _TOKEN.finditer(text, position):
            position = token.end()
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
            if token.group() == "\n" and depth == 0:
                break
        else:
            return


def _line_of(location: Location, text: str) -> int | None:
    """Return the line on which a field stands, or of the nearest table around it; None when it is in no line."""
    best, found = 0, None
    for line, path in _statements(text.replace("\r\n", "\n")):
        shared = next((i for i, (a, b) in enumerate(zip(path, location, strict=False)) if a != b), None)
        length = min(len(path), len(location)) if shared is None else shared
        if length > best:
            best, found = length, line
    return found


def _fields_at(model: type[BaseModel], location: Location) -> set[str]:
    """Return the field names of the model that `location` leads to; empty when it leads to no model."""
    annotation: Any = model
    for part in location:
        candidates = [c for c in _alternatives(annotation) if isinstance(c, type) and issubclass(c, BaseModel)]
        named = [c for c in candidates if part in c.model_fields]
        if named:
            annotation = named[0].model_fields[str(part)].annotation
            continue
        chosen = [c for c in candidates if any(part in get_args(f.annotation) for f in c.model_fields.values())]
        if chosen:
            # the name of a choice of a tagged union, not of a field
            annotation = chosen[0]
            continue
        inner = [
            get_args(c)[-1] if get_origin(c) is dict else get_args(c)[0]
            for c in _alternatives(annotation)
            if get_origin(c) in {dict, list, tuple} and get_args(c)
        ]
        if not inner:
            return set().union(*(c.model_fields for c in candidates)) if candidates else set()
        annotation = inner[0]
    found = [c for c in _alternatives(annotation) if isinstance(c, type) and issubclass(c, BaseModel)]
    return set().union(*(c.model_fields for c in found)) if found else set()


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, UnionType}:
        return [part for choice in get_args(annotation) for part in _alternatives(choice)]
    if get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        return _alternatives(get_args(annotation)[0])
    return [annotation]
