"""What was done with a holder's source: deliveries, projects, use of keys, releases, deletions.

Told from the hash-chained log, whose chain is checked first, from the manifests of packages that zone 1 signed, and
from the signed statements of releases. Counts, names and times; no identifier and no pseudonym.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo_formaat.canonical import digest, parse_json
from zoo_formaat.document import read_bytes
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify as verify_log
from zoo_formaat.package import MANIFEST, Package, PackageManifest, load_package
from zoo_formaat.signature import Envelope, PublicKey, verify

STATEMENT = "vrijgave.dsse.json"
STATEMENT_TYPE = "application/vnd.zoo.vrijgave+json"
_SPECIFICATION = "/specificatie.json"
_DESTRUCTION = {"vernietig", "geheim vernietig"}
_KNOWN = {"verwerk", "verlopen"}


@dataclass(frozen=True)
class Delivery:
    """One delivery that came to an end. resultaat: gelukt, geweigerd or mislukt.

    rijen: rows per table. verworpen: table -> reason -> number, None when neither log nor a package at hand tells it.
    """

    tijd: str
    bron: str
    project: str
    resultaat: str
    contract: str
    rijen: dict[str, int]
    verworpen: dict[str, dict[str, int]] | None


@dataclass(frozen=True)
class ProjectUse:
    """A project for which the source was delivered. doel: its purpose, None when no package at hand tells it."""

    id: str
    doel: str | None
    bronnen: list[str]
    geslaagd: int
    eerste: str
    laatste: str


@dataclass(frozen=True)
class KeyUse:
    """The secret of a project with which the source's identifiers were replaced.

    domeinen: domain -> deliveries of the source that used its key. gebruik: every opening of the secret, for any
    source. wissels: when it was rotated. vernietigd: when it was destroyed, after which nobody can make or undo
    pseudonyms of the project.
    """

    project: str
    domeinen: dict[str, int]
    gebruik: int
    wissels: list[str]
    vernietigd: str | None


@dataclass(frozen=True)
class ReleasedOutput:
    """One output of a release. rechtstreeks: whether its specification names a table of the source."""

    naam: str
    titel: str
    rechtstreeks: bool
    indicatoren: list[str]


@dataclass(frozen=True)
class Release:
    """A release for which packages of the source were loaded. Indicators choose their tables inside the analysis, so
    of an output with indicators it is said only that it may have used the source."""

    aanvraag: str
    project: str
    tijd: str
    bronnen: list[str]
    ondertekening_gecontroleerd: bool
    uitvoer: list[ReleasedOutput]


@dataclass(frozen=True)
class Deletion:
    """A deletion. rijen: how many rows went, where the log tells it; for `vergeet` over all sources together."""

    tijd: str
    handeling: str
    projecten: list[str]
    wat: str
    rijen: int | None


@dataclass(frozen=True)
class OtherAct:
    """Any other logged act on the source."""

    tijd: str
    handeling: str
    resultaat: str
    bron: str


@dataclass(frozen=True)
class HolderReport:
    """Everything `pseudonimisering verslag` tells a holder. versie: of the JSON form.

    logboek_regels: entries of the log, whose chain is unbroken. afgebroken: deliveries that began and did not end.
    pakketten, vrijgaven_gezien: how many packages and releases were at hand to tell from.
    """

    bronhouder: str
    bronnen: list[str]
    logboek_regels: int
    pakketten: int
    vrijgaven_gezien: int
    leveringen: list[Delivery]
    afgebroken: int
    projecten: list[ProjectUse]
    sleutels: list[KeyUse]
    vrijgaven: list[Release]
    verwijderingen: list[Deletion]
    overig: list[OtherAct]
    versie: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON value."""
        return asdict(self)


def make_report(
    holder: str,
    log: Path,
    zone1: PublicKey,
    packages: Sequence[Path] = (),
    releases: Sequence[Path] = (),
    zone3: PublicKey | None = None,
) -> HolderReport:
    """Report what was done with the sources of a holder.

    holder: its name as in the manifests of `packages`, or the name of a source. log: zone 1's log. packages, releases:
    folders of packages and of release bundles, each itself or with them directly below. zone3: the key that must have
    signed releases; None leaves their signatures unchecked, and the report says so. Raises UserError for a broken
    chain, a package that zone 1 did not sign, a release that was changed, and a holder that nobody knows.
    """
    entries = _entries(log)
    opened = [load_package(path, [zone1], files=False) for path in _found(packages, MANIFEST, "pakketten")]
    sources = _sources(holder, entries, opened)
    own = [package.manifest for package in opened if package.manifest.bron in sources]
    acts = [entry for entry in entries if entry["object"] in {f"bron:{name}" for name in sources}]
    processed = [entry for entry in acts if entry["handeling"] == "verwerk"]
    deliveries = [_delivery(entry, own) for entry in processed if entry["resultaat"] != "begonnen"]
    bundles = _found(releases, STATEMENT, "vrijgaven")
    told = [release for path in bundles if (release := _release(path, sources, zone3)) is not None]
    domains = {domain for entry in processed for domain in entry["details"].get("domeinen", [])}
    projects = sorted({entry["details"]["project"] for entry in processed if "project" in entry["details"]})
    return HolderReport(
        bronhouder=next((manifest.houder for manifest in own), holder),
        bronnen=sources,
        logboek_regels=len(entries),
        pakketten=len(own),
        vrijgaven_gezien=len(bundles),
        leveringen=deliveries,
        afgebroken=sum(entry["resultaat"] == "begonnen" for entry in processed) - len(deliveries),
        projecten=[_project(name, deliveries, processed, own) for name in projects],
        sleutels=[_keys(name, processed, entries) for name in projects],
        vrijgaven=sorted(told, key=lambda release: (release.tijd, release.aanvraag)),
        verwijderingen=list(_deletions(entries, sources, domains, set(projects))),
        overig=[
            OtherAct(entry["tijd"], entry["handeling"], entry["resultaat"], entry["object"].removeprefix("bron:"))
            for entry in acts
            if entry["handeling"] not in _KNOWN
        ],
    )


def _entries(log: Path) -> list[dict[str, Any]]:
    """Return the entries of a log whose chain is unbroken."""
    count = verify_log(log)
    if count == 0:
        return []
    # what came after the check is left out
    lines = read_bytes(log, "logboek").split(b"\n")[:count]
    return [parse_json(line, f"{log}, regel {number}") for number, line in enumerate(lines, start=1)]


def _found(folders: Iterable[Path], name: str, what: str) -> list[Path]:
    """Return the folders that hold a file `name`: the folders given, or those directly below."""
    found = []
    for folder in folders:
        inside = [folder] if (folder / name).is_file() else sorted(path.parent for path in folder.glob(f"*/{name}"))
        inside = [path for path in inside if not path.name.startswith(".")]
        if not inside:
            raise UserError(f"map {folder} bevat geen {what}; noem er een, of de map waarin ze staan")
        found += inside
    return found


def _sources(holder: str, entries: Sequence[dict[str, Any]], packages: Sequence[Package]) -> list[str]:
    logged = {entry["object"].removeprefix("bron:") for entry in entries if entry["object"].startswith("bron:")}
    names = logged | {package.manifest.bron for package in packages}
    if holder in names:
        return [holder]
    of_holder: dict[str, set[str]] = {}
    for package in packages:
        of_holder.setdefault(package.manifest.houder.casefold(), set()).add(package.manifest.bron)
    if holder.casefold() in of_holder:
        return sorted(of_holder[holder.casefold()])
    holders = {package.manifest.houder for package in packages}
    near = difflib.get_close_matches(holder, [*names, *holders], n=1)
    hint = f"bedoelde u '{near[0]}'?" if near else "noem de bron, of geef met --pakketten de pakketten van deze houder"
    raise UserError(f"geen bron of bronhouder met deze naam in logboek of pakketten; {hint}")


def _delivery(entry: dict[str, Any], manifests: Sequence[PackageManifest]) -> Delivery:
    details = entry["details"]
    source, rows = entry["object"].removeprefix("bron:"), details.get("rijen", {})
    rejected = details.get("verworpen")
    if rejected is None and entry["resultaat"] == "gelukt":
        made = (
            manifest
            for manifest in manifests
            if (manifest.bron, manifest.project.id, manifest.contract)
            == (source, details.get("project"), details.get("contract"))
            and {resource.name: resource.rijen for resource in manifest.resources} == rows
        )
        manifest = next(made, None)
        if manifest is not None:
            rejected = {resource.name: dict(resource.verworpen) for resource in manifest.resources}
    return Delivery(
        tijd=entry["tijd"],
        bron=source,
        project=details.get("project", ""),
        resultaat=entry["resultaat"],
        contract=details.get("contract", ""),
        rijen=rows,
        verworpen=rejected,
    )


def _project(
    name: str,
    deliveries: Sequence[Delivery],
    processed: Sequence[dict[str, Any]],
    manifests: Sequence[PackageManifest],
) -> ProjectUse:
    times = [entry["tijd"] for entry in processed if entry["details"].get("project") == name]
    done = [delivery for delivery in deliveries if delivery.project == name]
    return ProjectUse(
        id=name,
        doel=next((manifest.doel for manifest in manifests if manifest.project.id == name), None),
        bronnen=sorted({delivery.bron for delivery in done}),
        geslaagd=sum(delivery.resultaat == "gelukt" for delivery in done),
        eerste=min(times),
        laatste=max(times),
    )


def _keys(project: str, processed: Sequence[dict[str, Any]], entries: Sequence[dict[str, Any]]) -> KeyUse:
    mine = [entry for entry in entries if entry["object"] == f"project:{project}" and entry["resultaat"] == "gelukt"]
    used = Counter(
        domain
        for entry in processed
        if entry["details"].get("project") == project and entry["resultaat"] == "gelukt"
        for domain in entry["details"].get("domeinen", [])
    )
    destroyed = [entry["tijd"] for entry in mine if entry["handeling"] in _DESTRUCTION]
    return KeyUse(
        project=project,
        domeinen=dict(sorted(used.items())),
        gebruik=sum(entry["handeling"] == "geheim gebruik" for entry in mine),
        wissels=[entry["tijd"] for entry in mine if entry["handeling"] == "geheim wissel"],
        vernietigd=destroyed[0] if destroyed else None,
    )


def _deletions(
    entries: Sequence[dict[str, Any]], sources: Sequence[str], domains: set[str], projects: set[str]
) -> Iterator[Deletion]:
    """Yield what was deleted of the sources: on a date or event, of one unit, or the secret of a whole project."""
    for entry in entries:
        if entry["resultaat"] != "gelukt":
            continue
        act, details = entry["handeling"], entry["details"]
        kind, _, name = entry["object"].partition(":")
        if act == "verlopen" and kind == "bron" and name in sources:
            tables = ", ".join(f"{name}.{table}" for table in details.get("tabellen", [])) or name
            yield Deletion(entry["tijd"], act, [details.get("project", "")], tables, _total(details.get("rijen")))
        elif act == "vergeet" and kind == "domein" and name in domains:
            touched = sorted(projects & set(details.get("projecten", projects)))
            if touched:
                yield Deletion(entry["tijd"], act, touched, f"domein {name}", _total(details.get("rijen")))
        elif act in _DESTRUCTION and kind == "project" and name in projects:
            yield Deletion(entry["tijd"], act, [name], "geheim", None)


def _total(rows: Any) -> int | None:
    if isinstance(rows, dict):
        return sum(count for count in rows.values() if isinstance(count, int))
    return rows if isinstance(rows, int) else None


def _release(path: Path, sources: Sequence[str], zone3: PublicKey | None) -> Release | None:
    """Return what a release bundle says, or None when no package of the sources was loaded for it."""
    file = path / STATEMENT
    envelope = Envelope.from_bytes(read_bytes(file, "verklaring van vrijgave"), str(file))
    if envelope.payloadType != STATEMENT_TYPE:
        raise UserError(f"{file}: geen verklaring van een vrijgave; noem de map van een bundel")
    if zone3 is not None and not verify(envelope, STATEMENT_TYPE, [zone3], str(file)):
        raise UserError(f"{file}: niet ondertekend met de sleutel van de uitvoercontrole die u gaf")
    statement = parse_json(envelope.content(), str(file))
    try:
        loaded, payload = set(statement["binding"]["pakketten"]), dict(statement["lading"])
        about = statement["aanvraag"], statement["project"], statement["tijd"]
    except (KeyError, TypeError, ValueError):
        raise UserError(f"{file}: een verklaring van een versie die dit programma niet kent; werk het bij") from None
    mine = [name for name in sources if name in loaded]
    if not mine:
        return None
    outputs = [
        _output(path, name.removesuffix(_SPECIFICATION), stated, mine)
        for name, stated in sorted(payload.items())
        if name.endswith(_SPECIFICATION) and name.count("/") == 1
    ]
    return Release(*about, mine, zone3 is not None, outputs)


def _output(path: Path, name: str, stated: str, sources: Sequence[str]) -> ReleasedOutput:
    file = path / "data" / name / _SPECIFICATION.removeprefix("/")
    content = read_bytes(file, "specificatie")
    if digest(content) != stated:
        raise UserError(f"{file} is gewijzigd na de vrijgave; vraag de bundel opnieuw")
    specification = parse_json(content, str(file))
    found = list(_named(specification))
    tables = {value.split(".", 1)[0] for key, value in found if key == "tabel"}
    return ReleasedOutput(
        naam=name,
        titel=str(specification.get("titel", "")),
        rechtstreeks=bool(tables & set(sources)),
        indicatoren=sorted({value for key, value in found if key == "indicator"}),
    )


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text in a JSON value with the name of its field."""
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, str):
                yield key, part
            else:
                yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)
