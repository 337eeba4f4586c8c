"""The pages of the output rules, one per row of the table of rules, from docs/rules.

A page's source is written by hand: what the output is, what the rule asks and why, and examples with the verdict they
must get. What the checker said of each example on the real data stands in docs/rules/outcomes.json, written by
`python -m tests.end_to_end.rule_examples`; a test holds both against the checker.
"""

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from outputcontrole.policy import DEFAULT, parse_policy
from outputcontrole.spec.recipe import Method, digests_of
from zoo_formaat.document import Strict, parse_document

SOURCES = Path(__file__).parent / "rules"
OUTCOMES = SOURCES / "outcomes.json"
_EXIT = {"vrij": 0, "beschermd": 3, "handmatig": 5, "geweigerd": 4, "fout": 2}


class Example(Strict):
    """A question on real data and the verdict that the rule gives it.

    verdict: of the checker, or `fout` when the request is not understood. rule: the finding that must be among its
    reasons. specification: the output as it stands in a request, of a source `recept` without its digest; recipes: the
    recipes of that request; file_checked: instead of these, the name of a file that is given to `outputcontrole
    notebook`. file, lines: of what would leave, how much of which file the page shows.
    """

    name: str
    text: str
    verdict: Literal["vrij", "beschermd", "handmatig", "geweigerd", "fout"]
    rule: str | None = None
    specification: dict[str, Any] | None = None
    recipes: list[dict[str, Any]] = Field(default_factory=list)
    file_checked: str | None = None
    file: str | None = None
    lines: int = 8

    @model_validator(mode="after")
    def _one_question(self) -> "Example":
        if (self.specification is None) == (self.file_checked is None):
            raise ValueError("an example has a specification or a file")
        return self

    def asked(self) -> dict[str, Any]:
        """Return the specification as it stands in a request, with the digest of the recipe that it is about."""
        specification = dict(self.specification or {})
        if self.recipes:
            made = Method.model_validate({"recepten": self.recipes}).recepten
            name = specification["bron"]["recept"]
            specification["bron"] = {"recept": name, "sha256": digests_of(made)[name]}
        return specification


class RulePage(Strict):
    """The source of one page; `files`, `tests`: paths from the repository's root; `rules`: names as findings carry."""

    order: int
    title: str
    class_: str = Field(alias="class")
    judged: str
    kinds: list[str]
    rules: list[str]
    files: list[str]
    policy: list[str]
    tests: list[str]
    what: str
    asks: str
    why: str
    example: list[Example] = Field(min_length=2)


def read_pages() -> dict[str, RulePage]:
    """Return the sources by name of their page, in the order of the table of rules."""
    found = {path.stem: parse_document(path.read_bytes(), RulePage, str(path)) for path in SOURCES.glob("*.toml")}
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def read_outcomes() -> dict[str, dict[str, Any]]:
    """Return what the checker said: page -> example -> verdict, findings and the lines shown of what would leave."""
    found: dict[str, dict[str, Any]] = json.loads(OUTCOMES.read_text("utf-8"))
    return found


def about(name: str) -> dict[str, Any]:
    """Return what all pages share: `policy` (numbers and where they come from) or `data` (what the tables are)."""
    return tomllib.loads((SOURCES / "about" / f"{name}.toml").read_text("utf-8"))


def rule_pages() -> dict[str, str]:
    """Return every generated page of docs/reference/rules: file name -> text."""
    sources, outcomes = read_pages(), read_outcomes()
    texts = {f"{name}.md": _page(source, outcomes[name]) for name, source in sources.items()}
    return {"index.md": _index(sources), **texts}


def _index(sources: dict[str, RulePage]) -> str:
    lines = [
        "# Output rules, per kind of output",
        "",
        "What may leave. *Class* is the family of the statistic in the SACRO taxonomy. *Safe* means safe when its",
        "condition holds; *unsafe*: each one is judged. Class numbers are those of the European guidelines for output",
        "checking (ESSnet SDC 2010; Data without Boundaries 2015), quoted from memory of their texts. All numbers are",
        "configuration: [the policy](../policy.md). Each page has examples on real data that pass and that do not; a",
        "test (`tests/end_to_end/test_rule_examples.py`) runs every one of them through the checker.",
        "",
        "| output | class | judged | kind (`soort`) | the rule is in | more tests |",
        "|---|---|---|---|---|---|",
    ]
    for name, page in sources.items():
        cells = [f"[{page.title}]({name}.md)", page.class_, page.judged]
        cells += [", ".join(f"`{kind}`" for kind in page.kinds) or "none: not to be asked"]
        cells += [_links(page.files), _links(page.tests)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "Differencing with what was released before is in every row: a table is protected together with the history",
        "(`outputcontrole/protection.py`). What is in no row cannot be asked, so it cannot leave: see",
        "[what can be asked out](../outputs.md).",
    ]
    return "\n".join(lines) + "\n"


def _links(paths: list[str]) -> str:
    return ", ".join(f"[{Path(path).name}](../../../{path})" for path in paths)


def _page(page: RulePage, outcomes: dict[str, Any]) -> str:
    kinds = ", ".join(f"[`{kind}`](../outputs.md#{kind})" for kind in page.kinds)
    lines = [f"# {page.title}", "", page.what.strip(), ""]
    lines += [f"* Kind (`soort`): {kinds or 'none: it cannot be asked'}", f"* Class: {page.class_}"]
    lines += [f"* Judged: {page.judged}", f"* The rule is in: {_links(page.files)}"]
    tests = ["tests/end_to_end/test_rule_examples.py", *page.tests]
    lines += [f"* Tests: {_links(tests)}", "", "## What is asked", "", page.asks.strip(), ""]
    if page.policy:
        lines += _policy_table(page.policy)
    lines += ["## Why", "", page.why.strip(), ""]
    tables = {source for example in page.example for source in _tables(example)}
    data = about("data")
    lines += ["## Examples", "", "Data: " + "; ".join(f"`{name}`: {data[name]}" for name in sorted(tables)) + ".", ""]
    for example in page.example:
        lines += _example(example, outcomes[example.name])
    return "\n".join(lines).rstrip() + "\n"


def _policy_table(names: list[str]) -> list[str]:
    values, meaning = parse_policy(DEFAULT.encode(), "policy").model_dump(), about("policy")
    lines = ["| policy | default | what it is | where the default comes from |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {values[name]} | {meaning[name]['meaning']} | {meaning[name]['origin']} |" for name in names
    ]
    return [*lines, ""]


_INDICATOR_TABLES = {"dubbel_registratienummer": "airbnb.advertenties", "verzamelaar_verhuur": "airbnb.advertenties"}


def _tables(example: Example) -> set[str]:
    """Return the tables that an example reads, found in its specification."""
    if example.specification is None:
        return {"census.volwassenen"}
    found = {name for name in about("data") for recipe in example.recipes if name in recipe["sql"]}
    waiting = [example.specification]
    for part in waiting:
        if "tabel" in part:
            found.add(part["tabel"])
        if "indicator" in part:
            found.add(_INDICATOR_TABLES[part["indicator"]])
        figure = str(part.get("kolom") or part.get("per") or "")
        if part.get("soort") in {"kerncijfer", "dichtheid"} and "." in figure:
            found.add(figure.rsplit(".", 1)[0])
        held = [value for value in part.values() if isinstance(value, dict)]
        held += [item for value in part.values() if isinstance(value, list) for item in value if isinstance(item, dict)]
        waiting += held
    return found


def _example(example: Example, outcome: dict[str, Any]) -> list[str]:
    lines = [f"### {example.name[0].upper()}{example.name[1:]}", "", example.text.strip(), ""]
    for recipe in example.recipes:
        lines += [f"Recipe `{recipe['naam']}`:", "", f"```{recipe['soort']}", recipe["sql"], "```", ""]
    if example.specification is not None:
        lines += ["```json", _json(example.asked()), "```", ""]
    else:
        lines += ["```", f"outputcontrole notebook {example.file_checked}", "```", ""]
    lines += [f"Verdict: **{example.verdict}** (exit code {_EXIT[example.verdict]})", ""]
    if outcome["findings"]:
        lines += ["| rule | what the analyst sees | what to do |", "|---|---|---|"]
        lines += [f"| {f['rule']} | {_cell(f['sentence'])} | {_cell(f['remedy'])} |" for f in outcome["findings"]]
        lines.append("")
    if outcome["lines"]:
        more = ["…"] if outcome["more"] else []
        lines += [f"What would leave, `{outcome['file']}`:", "", "```", *outcome["lines"], *more, "```", ""]
    return lines


def _json(specification: dict[str, Any]) -> str:
    """Return a specification as JSON with a line per field."""
    fields = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in specification.items()]
    return "\n".join(["{", ",\n".join(fields), "}"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
