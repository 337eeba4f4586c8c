"""Write the reference pages from the code, or with --check say whether they are what the code says.

python docs/build.py [--check]
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import typer
from pydantic import BaseModel

import outputcontrole.cli
import pseudonimisering.cli
import zoo_project.cli
import zoo_stad.cli
from docs.rule_pages import rule_pages
from outputcontrole.policy import DEFAULT, Policy, parse_policy
from outputcontrole.spec import feature, figures, output, period, recipe, source
from pseudonimisering import contract
from pseudonimisering.contract.columns import FIELDS_OF_ROLE, UNITS_OF_KIND
from pseudonimisering.contract.table import FIELDS_OF_FORMAT
from pseudonimisering.quality import Report
from zoo_analyse import indicators

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- made by `make docs` from the code; change the code, not this page -->\n\n"
_MADE_OF_RULES = "<!-- made by `make docs` from docs/rules; change the sources there, not this page -->\n\n"


def pages() -> dict[str, str]:
    """Return every generated page: file name -> text."""
    return {
        "indicators.md": _MADE + indicators.catalogue().rstrip() + "\n",
        "outputs.md": _MADE + outputs_page(),
        "policy.md": _MADE + policy_page(),
        "commands.md": _MADE + commands_page(),
        "source-contract.md": _MADE + source_contract_page(),
        "quality-report.md": _MADE + quality_report_page(),
        **{f"rules/{name}": _MADE_OF_RULES + text for name, text in rule_pages().items()},
    }


def outputs_page() -> str:
    """Describe each kind of output and its parts from the models that parse them."""
    lines = ["# What can be asked out", "", "What is not on this page cannot be asked, so it cannot leave.", ""]
    kinds = get_args(get_args(output.Output)[0])
    parts = (
        source.IndicatorSource,
        source.TableSource,
        source.RecipeSource,
        recipe.SqlRecipe,
        recipe.PythonRecipe,
        source.Condition,
        period.Period,
        feature.Share,
        feature.Density,
        feature.OpenFigure,
        figures.GridAxis,
    )
    for title, models in (("Kinds", kinds), ("Parts", parts)):
        lines += [f"## {title}", ""]
        for model in models:
            lines += _model(model)
    return "\n".join(lines).rstrip() + "\n"


def _model(model: type[BaseModel]) -> list[str]:
    kind = model.model_fields.get("soort")
    heading = f"`{kind.default}`" if kind is not None else model.__name__
    lines = [
        f"### {heading}",
        "",
        inspect.cleandoc(model.__doc__ or ""),
        "",
        "| field | value | default |",
        "|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        if name == "soort":
            continue
        default = "required" if field.is_required() else repr(field.get_default(call_default_factory=True))
        lines.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {default} |")
    return [*lines, ""]


def _type(annotation: Any) -> str:
    if get_origin(annotation) is not None:
        arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
        if get_origin(annotation) is list:
            return f"list of {_type(arguments[0])}"
        if get_origin(annotation) is dict:
            return f"{_type(arguments[0])} -> {_type(arguments[1])}"
        if all(isinstance(argument, str) for argument in arguments):
            return ", ".join(f"`{argument}`" for argument in arguments)
        if get_origin(annotation).__name__ == "Annotated":
            return _type(arguments[0])
        return " or ".join(dict.fromkeys(_type(argument) for argument in arguments))
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    return words.get(getattr(annotation, "__name__", ""), getattr(annotation, "__name__", str(annotation)))


def policy_page() -> str:
    """Show the default policy and what each number means."""
    values = parse_policy(DEFAULT.encode(), "policy").model_dump()
    lines = ["# The output rules", "", inspect.cleandoc(Policy.__doc__ or ""), "", "| rule | default |", "|---|---|"]
    lines += [f"| `{name}` | {value} |" for name, value in values.items()]
    source_note = inspect.cleandoc(inspect.getmodule(Policy).__doc__ or "")
    return "\n".join([*lines, "", source_note, ""])


def quality_report_page() -> str:
    """Describe the JSON that `pseudonimisering kwaliteit --json` prints, from the classes it is made of."""
    lines = [
        "# The quality report as JSON",
        "",
        "What `pseudonimisering kwaliteit --json` prints. Shares are 0 to 1.",
        "",
    ]
    waiting: list[type[Any]] = [Report]
    for model in waiting:
        lines += [
            f"## {model.__name__}",
            "",
            inspect.cleandoc(model.__doc__ or ""),
            "",
            "| field | value |",
            "|---|---|",
        ]
        for name, annotation in get_type_hints(model).items():
            parts = [part for part in (annotation, *get_args(annotation)) if is_dataclass(part)]
            parts += [inner for part in get_args(annotation) for inner in get_args(part) if is_dataclass(inner)]
            waiting += [part for part in parts if part not in waiting]
            lines.append(f"| `{name}` | {_type(annotation)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def source_contract_page() -> str:
    """Describe every field of a source contract, and which fields go together."""
    lines = [
        "# The source contract",
        "",
        inspect.cleandoc(contract.__doc__ or ""),
        "",
        "A field that is not on this page is an error. How to write one: [write a source contract]"
        "(../how-to/write-a-source-contract.md).",
        "",
    ]
    parts: list[tuple[str, type[BaseModel]]] = [
        ("The file", contract.Contract),
        ("`[verwerkingsregister]`", contract.Register),
        ("`[[verwijderen_na]]`", contract.Deletion),
        ("`[tabellen.<naam>]`", contract.Table),
        ("`[[tabellen.<naam>.zeldzaam]]`", contract.Rarity),
        ("`[tabellen.<naam>.kolommen.<kolom>]`", contract.Column),
        ("`[tabellen.<naam>.adressen.<naam>]`", contract.Address),
        ("`[tabellen.<naam>.namen.<naam>]`", contract.Person),
        ("`[tabellen.<naam>.kenmerken.<naam>]`", contract.Flag),
    ]
    for heading, model in parts:
        lines += [f"## {heading}", "", inspect.cleandoc(model.__doc__ or ""), ""]
        lines += ["| field | meaning | value | default |", "|---|---|---|---|"]
        for name, field in model.model_fields.items():
            default = "required" if field.is_required() else repr(field.get_default(call_default_factory=True))
            lines.append(f"| `{name}` | {field.description} | {_type(field.annotation)} | {default} |")
        lines.append("")
    lines += ["## Which fields a role takes", "", "| role | fields |", "|---|---|"]
    lines += [f"| `{role}` | {_codes(sorted(fields))} |" for role, fields in FIELDS_OF_ROLE.items()]
    lines += ["", "Every role also takes `rol`, `omschrijving` and `categorie`.", ""]
    lines += ["## Which fields a format takes", "", "| format | fields |", "|---|---|"]
    lines += [f"| `{name}` | {_codes(sorted(fields))} |" for name, fields in FIELDS_OF_FORMAT.items()]
    lines += ["", "## Kinds of identifier", "", "| kind | domain | units it can stand for |", "|---|---|---|"]
    for kind, domain in contract.DOMAIN_OF_KIND.items():
        units = _codes(UNITS_OF_KIND[kind]) if kind in UNITS_OF_KIND else "any"
        lines.append(f"| `{kind}` | `{domain}` | {units} |")
    lines += ["", "An `adres` is made of columns under `adressen`, a `persoonsnaam` of columns under `namen`.", ""]
    lines += ["## What `generaliseer` does", "", "| value | result |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in contract.GENERALISATIONS.items()]
    return "\n".join(lines) + "\n"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def commands_page() -> str:
    """List every command with its arguments and options."""
    lines = ["# Commands", ""]
    apps = {
        "pseudonimisering": pseudonimisering.cli.app,
        "zoo": zoo_project.cli.app,
        "outputcontrole": outputcontrole.cli.app,
        "zoo-stad": zoo_stad.cli.app,
    }
    for name, app in apps.items():
        lines += [f"## {name}", ""]
        for path, command in _commands(name, typer.main.get_command(app)):
            arguments = [_argument(part) for part in command.params if part.param_type_name == "argument"]
            lines += [f"### `{' '.join([path, *arguments])}`", "", str(command.help or "").strip(), ""]
            for option in command.params:
                if option.param_type_name == "option" and option.name != "help":
                    spelled = " / ".join([*option.opts, *option.secondary_opts])
                    lines.append(f"* `{spelled}` {option.help or ''}".rstrip())
            lines.append("")
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.rstrip() + "\n"


def _argument(part: Any) -> str:
    return str(part.metavar or part.name.upper())


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in sorted(children.items()):
        yield from _commands(f"{path} {name}", child)


def main() -> None:
    """Write the pages, or check them."""
    made = pages()
    # a page of a rule that is gone would go on saying what no longer holds
    stale = [f"rules/{path.name}" for path in (REFERENCE / "rules").glob("*.md") if f"rules/{path.name}" not in made]
    if "--check" not in sys.argv:
        for name in stale:
            (REFERENCE / name).unlink()
        stale = []
    for name, text in made.items():
        path = REFERENCE / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if stale:
        sys.exit(f"docs/reference: {', '.join(stale)} not what the code says; run `make docs`")


if __name__ == "__main__":
    main()
