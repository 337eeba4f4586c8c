"""What is out already: every released table with the cells that were shown, kept for as long as data may exist.

A new request is protected together with all of it. What cannot be compared yet (another delivery of the same data,
another project on the same source) is refused, not waved through.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outputcontrole.asked import AskedTable
from outputcontrole.checks import Finding
from outputcontrole.evidence import Evidence
from outputcontrole.protection import TableProtection
from outputcontrole.recipes.method import Recipes, method_behind, parse_recipes, sources_of
from outputcontrole.registration import Registration
from outputcontrole.spec import IndicatorSource, RecipeSource, Request
from zoo_analyse import indicators
from zoo_formaat.atomic import write_file
from zoo_formaat.canonical import canonical_bytes, digest, parse_json
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.package import Package
from zoo_formaat.signature import Envelope, sign, verify

PAYLOAD_TYPE = "application/vnd.zoo.historie+json"
RECORDING = "vastleggen"


@dataclass(frozen=True)
class ReleasedTable:
    """A table of an earlier release: what was asked, and the labels of the cells that were shown."""

    release: str
    table: AskedTable
    shown: frozenset[tuple[str, ...]]

    def fixed_cells(self, evidence: Evidence) -> frozenset[int]:
        """Return the numbers of the cells of `evidence` (the same table, now) that are public already."""
        return frozenset(number for number, key in enumerate(evidence.keys) if key in self.shown)


@dataclass(frozen=True)
class History:
    """What earlier releases say about a request: tables to protect together with, or a reason to refuse.

    methods: per earlier release the recipes that its tables rest on, so that these can be made again.
    """

    tables: tuple[ReleasedTable, ...]
    conflict: Finding | None
    methods: tuple[Recipes, ...] = ()


def used_sources(tables: Iterable[AskedTable], read: Mapping[str, Collection[str]]) -> set[str]:
    """Return the sources whose data could change a number in one of the tables.

    read: digest of a recipe -> the sources it reads.
    """
    used: set[str] = set()
    for table in tables:
        source = table.origin
        if isinstance(source, IndicatorSource):
            used |= {name.split(".")[0] for name in indicators.get(source.indicator).bronnen}
        elif isinstance(source, RecipeSource):
            used |= set(read[source.sha256])
        else:
            used.add(source.tabel.split(".")[0])
    return used


def read_history(
    registration: Registration, request: Request, packages: Sequence[Package], tables: Iterable[AskedTable]
) -> History:
    """Read what is out that shares data with a request.

    packages: those registered for the project now. tables: what the request asks. The request's own release from the
    same packages, which a killed run may have left recorded, is no earlier one. A release whose sources are the very
    same packages is comparable. One from another delivery, or of another project, that shares a source with the
    request is a conflict: the populations may differ by one person.
    """
    now = {package.manifest.bron: package for package in packages}
    # A source that is not there is reported, with its name, by whoever wants to read it.
    used = used_sources(tables, sources_of(request.recepten))
    asked = {source for source in used if source in now and not now[source].manifest.openbaar}
    released: list[ReleasedTable] = []
    methods: list[Recipes] = []
    conflict = None
    for record in _records(registration):
        earlier = record["pakketten"]
        changed = [
            s for s in earlier if s not in now or now[s].digest != earlier[s] or record["project"] != request.project
        ]
        if record["aanvraag"] == request.id and not changed:
            continue
        if not changed:
            for table in record["tabellen"]:
                shown = frozenset(tuple(labels) for labels in table["getoond"])
                released.append(ReleasedTable(record["aanvraag"], AskedTable.from_record(table["tabel"]), shown))
            # Records of before there were recipes have none.
            methods.append(parse_recipes(record.get("recepten", []), f"historie van {record['aanvraag']}"))
        elif asked & set(earlier):
            conflict = Finding(
                rule="historie",
                sentence=f"bron '{min(asked & set(earlier))}' is eerder vrijgegeven ({record['aanvraag']}) uit een "
                "andere levering of een ander project; het verschil tussen beide kan één persoon zijn",
                remedy="vraag de uitkomst uit dezelfde levering als de eerdere vrijgave",
            )
    return History(tuple(released), conflict, tuple(methods))


def _records(registration: Registration) -> list[dict[str, Any]]:
    """Return all releases, each checked against this checker's signature and against the log.

    Raises UserError for a record that was changed, and for one that the log knows and that is not there.
    """
    missing = {entry["object"]: entry["details"]["digest"] for entry in registration.logged(RECORDING)}
    records = []
    for file in sorted((registration.path / "historie").glob("*.dsse.json")):
        content = read_bytes(file, "historie")
        envelope = Envelope.from_bytes(content, str(file))
        name = file.name.removesuffix(".dsse.json")
        if not verify(envelope, PAYLOAD_TYPE, [registration.public_key], str(file)):
            raise UserError(f"{file}: niet door deze uitvoercontrole vastgelegd; zet de historie terug")
        record: dict[str, Any] = parse_json(envelope.content(), str(file))
        if record["aanvraag"] != name or missing.pop(name, digest(content)) != digest(content):
            raise UserError(f"{file}: is een andere historie dan in het logboek staat; zet de historie terug")
        records.append(record)
    if missing:
        raise UserError(
            f"historie van vrijgave {min(missing)} ontbreekt in {registration.path / 'historie'}; zet haar terug"
        )
    return records


def record_release(
    registration: Registration,
    request: str,
    project: str,
    packages: Sequence[Package],
    tables: Mapping[str, TableProtection],
    recipes: Recipes = (),
) -> None:
    """Write down what a release shows, signed by this checker, and log that it was written down.

    recipes: the method of the request; those that the tables rest on are kept with them.
    """
    asked = [protection.evidence.table for protection in tables.values()]
    used = used_sources(asked, sources_of(recipes))
    method = [recipe.model_dump(mode="json") for recipe in method_behind(recipes, asked)]
    record: dict[str, Any] = {
        "versie": 1,
        "aanvraag": request,
        "project": project,
        "pakketten": {
            package.manifest.bron: package.digest
            for package in packages
            if package.manifest.bron in used and not package.manifest.openbaar
        },
        "tabellen": [
            {"tabel": protection.evidence.table.record(), "getoond": _shown_labels(protection)}
            for _, protection in sorted(tables.items())
        ],
        **({"recepten": method} if method else {}),
    }
    content = sign(canonical_bytes(record), PAYLOAD_TYPE, [registration.signing_key]).to_bytes()
    write_file(registration.history_path(request), content)
    registration.log.append("vrijgave", RECORDING, request, "gelukt", digest=digest(content))


def _shown_labels(protection: TableProtection) -> list[list[str]]:
    return [list(key) for key, shown in zip(protection.evidence.keys, protection.shown, strict=True) if shown]
