"""Read a TOML document into a strict model, with errors that name the line and the fix."""

import difflib
import re
import tomllib
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from zoo_formaat.errors import UserError

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A model that is frozen, knows all its fields and changes no types silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
        raise UserError(f"{source}: geen geldige TOML ({error})") from None
    return parse_values(data, model, source, text)


def parse_values(data: dict[str, Any], model: type[Model], source: str, text: str = "") -> Model:
    """Validate parsed values against `model`; `text` is where line numbers are looked up. Raises UserError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [_problem(problem, model, source, text) for problem in error.errors(include_url=False)]
        more = f" (en nog {len(problems) - 1})" if len(problems) > 1 else ""
        raise UserError(problems[0] + more) from None


def _problem(problem: Any, model: type[BaseModel], source: str, text: str) -> str:
    location = [str(part) for part in problem["loc"]]
    field = ".".join(location)
    line = _line_of(location, text)
    where = f"{source}, regel {line}" if line else source
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = sorted(_fields_at(model, location[:-1]))
        near = difflib.get_close_matches(location[-1], known, n=1)
        fix = f"bedoelde u '{near[0]}'?" if near else f"bekend zijn: {', '.join(known)}"
        return f"{where}: onbekend veld '{field}'; {fix}"
    if kind == "missing":
        return f"{where}: veld '{field}' ontbreekt; voeg het toe"
    if kind == "value_error":
        return f"{where}: veld '{field}': {problem['ctx']['error']}"
    return f"{where}: veld '{field}' klopt niet: {_expected(problem)}"


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
}


def _expected(problem: Any) -> str:
    context = problem.get("ctx", {})
    if problem["type"] in {"literal_error", "enum", "union_tag_invalid"}:
        expected = context.get("expected", context.get("expected_tags", "")).replace(" or ", " of ")
        return f"verwacht een van {expected}"
    if problem["type"] == "string_pattern_mismatch":
        return f"verwacht de vorm {context['pattern']}"
    if problem["type"] in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        sign = {
            "greater_than_equal": "minstens",
            "greater_than": "meer dan",
            "less_than_equal": "hooguit",
            "less_than": "minder dan",
        }[problem["type"]]
        bound = next(iter(context.values()))
        return f"verwacht {sign} {bound}"
    return _EXPECTED.get(problem["type"], "andere soort waarde verwacht")


def _line_of(location: list[str], text: str) -> int | None:
    """Return the line on which a field stands, or of the nearest table around it; None when it is in no line."""
    lines = text.splitlines()
    for depth in range(len(location), 0, -1):
        key = location[depth - 1]
        spelled = re.compile(rf"""^\s*(\[+[^\]]*)?["']?{re.escape(key)}["']?\s*(=|\]|\.)""")
        table = location[: depth - 1]
        inside = not table
        for number, line in enumerate(lines, start=1):
            header = re.match(r"^\s*\[+\s*([^\]]+?)\s*\]+", line)
            if header:
                path = [part.strip("\"' ") for part in header.group(1).split(".")]
                if path == location[:depth]:
                    return number
                inside = path == [part for part in table if not part.isdigit()]
            elif inside and spelled.match(line):
                return number
    return None


def _fields_at(model: type[BaseModel], location: list[str]) -> set[str]:
    """Return the field names of the model that `location` leads to; empty when it leads to no model."""
    annotation: Any = model
    for part in location:
        candidates = [c for c in _alternatives(annotation) if isinstance(c, type) and issubclass(c, BaseModel)]
        named = [c for c in candidates if part in c.model_fields]
        if named:
            annotation = named[0].model_fields[part].annotation
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
