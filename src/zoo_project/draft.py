"""Draft a project file: a commented document that people complete, discuss and sign."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, get_args

from zoo_formaat.atomic import write_file
from zoo_formaat.document import parse_document, parse_values, read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.project import Member, ProjectFile, Stricter, Unit
from zoo_project.workplace import PACKAGES, PROJECT_FILE, SCRATCH, SIGNERS, ZONE1

Sources = Mapping[str, Mapping[str, Sequence[str]]]
"""source -> table -> columns, as they are named in the data package."""

UNITS: tuple[str, ...] = get_args(Unit)
_NO_MEMBERS = re.compile(r"^leden\s*=\s*\[\s*\].*\n", re.MULTILINE)


@dataclass(frozen=True)
class Draft:
    """What a new project says about itself; `bronnen` may be empty, to be filled in by hand.

    strenger: output rules stricter than the policy, by name.
    """

    id: str
    naam: str
    vraag: str
    doel: str
    grondslag: str
    van: date
    tot: date
    einde: date
    beleid: str
    eenheden: Sequence[str]
    bronnen: Sources
    strenger: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the TOML text."""
        sources = "\n\n".join(_source(name, tables) for name, tables in self.bronnen.items()) or _NO_SOURCES
        return _TEMPLATE.format(
            **{name: _quoted(getattr(self, name)) for name in ("id", "naam", "vraag", "doel", "grondslag", "beleid")},
            van=self.van,
            tot=self.tot,
            einde=self.einde,
            eenheden=_list(self.eenheden),
            strenger=_rules(self.strenger),
            bronnen=sources,
        )


def create_workplace(folder: Path, draft: Draft) -> Path:
    """Write `project.toml` into `folder` with the folders that a workplace has around it; return the file.

    Raises UserError when the file exists (nothing is overwritten) or the draft is not a valid project file; then
    nothing is made.
    """
    file = folder / PROJECT_FILE
    if file.exists():
        raise UserError(f"{file} bestaat al; kies een andere map of wijzig dat bestand")
    content = draft.text().encode()
    parse_document(content, ProjectFile, str(file))
    for name in (SIGNERS, ZONE1, PACKAGES, SCRATCH):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_file(file, content)
    return file


def add_member(file: Path, member: Member) -> None:
    """Add a person to a project file; its comments stay, its signatures no longer fit.

    Raises UserError when the result is not a valid project file (someone with that id or key is in it already).
    """
    text = read_bytes(file, "projectbestand").decode()
    before = parse_document(text.encode(), ProjectFile, str(file))
    if not before.leden:
        text = _NO_MEMBERS.sub("", text, count=1)
    values = member.model_dump(exclude_defaults=True)
    lines = [f"{name} = {value if isinstance(value, date) else json.dumps(value)}" for name, value in values.items()]
    text = text.rstrip("\n") + "\n\n[[leden]]\n" + "\n".join(lines) + "\n"
    parse_document(text.encode(), ProjectFile, str(file))
    write_file(file, text.encode())


def sources_from_file(path: Path) -> Sources:
    """Read `[bronnen.<bron>]` tables from a TOML file, for instance an earlier project file; raises UserError."""
    sources = _toml(path).get("bronnen")
    if not isinstance(sources, dict) or not sources:
        raise UserError(f"{path}: geen tabellen [bronnen.<bron>]; noem per bron de tabellen en hun kolommen")
    return sources


def sources_from_contracts(paths: Sequence[Path], purpose: str) -> Sources:
    """Return all tables and columns that source contracts deliver, to be cut down to what the question needs.

    Raises UserError for a file that is no contract, and for a contract that does not permit the purpose.
    """
    sources: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        contract = _toml(path)
        try:
            tables = {name: _delivered(table) for name, table in contract["tabellen"].items()}
            name, purposes = str(contract["bron"]), list(contract["doelen"])
        except (KeyError, TypeError, AttributeError):
            raise UserError(f"{path}: geen broncontract (verwacht 'bron', 'doelen' en tabellen met kolommen)") from None
        if purpose not in purposes:
            raise UserError(
                f"{path}: bron '{name}' mag niet voor doel '{purpose}'; het contract noemt: {', '.join(purposes)}"
            )
        sources[name] = tables
    return sources


def _delivered(table: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns that a contract's table has in the data package."""
    names = []
    for name, column in table["kolommen"].items():
        dropped = column["rol"] == "weglaten" or (column["rol"] == "vrije_tekst" and "behouden_omdat" not in column)
        if not dropped:
            names.append(column.get("naar", name))
    return [*names, *table.get("adressen", {}), *table.get("namen", {}), *table.get("kenmerken", {})]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_bytes(path, "bestand").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: geen geldige TOML ({error})") from None


def stricter_rules(given: Sequence[str]) -> dict[str, Any]:
    """Return output rules of a project's own from `regel=waarde` texts; raises UserError for what is no such rule.

    Whether a rule is stricter than the policy is seen where the policy is: when the project is registered.
    """
    rules: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise UserError(f"--strenger '{text}': schrijf regel=waarde, bijvoorbeeld n_min=20")
        try:
            rules[name.strip()] = tomllib.loads(f"waarde = {value}")["waarde"]
        except tomllib.TOMLDecodeError:
            rules[name.strip()] = value.strip()
    return parse_values(rules, Stricter, "--strenger").values


def _rules(rules: Mapping[str, Any]) -> str:
    if not rules:
        return _NO_RULES
    return "[strenger]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in rules.items())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(names: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(name) for name in names) + "]"


def _source(name: str, tables: Mapping[str, Sequence[str]]) -> str:
    lines = [f"{table} = {_list(columns)}" for table, columns in tables.items()]
    return f"[bronnen.{name}]\n" + "\n".join(lines)


_NO_SOURCES = """[bronnen]
# Voorbeeld:
# [bronnen.bag]
# woningen = ["woning", "adres", "woningtype", "buurtcode"]"""

_NO_RULES = """# Voorbeeld:
# [strenger]
# n_min = 20"""

_TEMPLATE = """\
# Projectbestand: wat dit project mag. Wat hier niet staat, wordt niet geladen.
# Vul aan, bespreek, en laat daarna twee personen ondertekenen:
#   zoo project onderteken project.toml --sleutel NAAM.sleutel
# Na een wijziging zijn nieuwe handtekeningen en nieuwe leveringen van zone 1 nodig.
versie = 1
id = {id}
naam = {naam}

# De onderzoeksvraag, in woorden die een bestuurder begrijpt.
vraag = {vraag}

# Het doel waarvoor de gegevens gebruikt worden. Elke bron moet dit doel in haar contract toestaan.
doel = {doel}

# De wettelijke grondslag van de verwerking.
grondslag = {grondslag}

# De periode waarover gegevens geladen worden, en de dag waarop het project eindigt.
van = {van}
tot = {tot}
einde = {einde}

# De uitvoerregels waaraan resultaten getoetst worden.
beleid = {beleid}

# Wat beschermd wordt: drempels tellen verschillende eenheden van deze soorten.
eenheden = {eenheden}

# Wie meedoet. Voeg iemand toe met:
#   zoo project lid project.toml NAAM.pub.json --rol analist --team ... --naam ... --tot ...
# Rollen: analist (vraagt), toetser (beslist), beheerder (richt in), auditor (kijkt mee).
leden = []

# Uitvoerregels waarin dit project strenger is dan het beleid; ruimer kan niet.
{strenger}

# Per bron de tabellen, en per tabel de kolommen die nodig zijn om de vraag te beantwoorden; niet meer dan dat.
{bronnen}
"""
