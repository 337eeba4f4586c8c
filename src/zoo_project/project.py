"""Open a project: only what its signed file permits, from packages with zone 1's signature."""

import html
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from zoo_analyse import indicators
from zoo_analyse.errors import AnalysisError
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_public_keys
from zoo_formaat.package import MANIFEST, Package, load_package
from zoo_formaat.project import ProjectFile, SignedProject, load_project
from zoo_formaat.signature import PublicKey
from zoo_project import catalog
from zoo_project.engine import Engine, Limits, Parameter, column_name, table_name
from zoo_project.workplace import PACKAGES, PROJECT_FILE, SCRATCH, SIGNERS, ZONE1, workplace


def open_project(path: Path | str | None = None, *, limits: Limits | None = None) -> "Project":
    """Open the project in a workplace (see `workplace` for `path`).

    limits: what one query may use. Raises UserError when the project file is not signed by two trusted people, the
    project has ended, or a package does not fit the project; then nothing is opened.
    """
    folder = workplace(path)
    today = date.today()
    signed = load_project(folder / PROJECT_FILE, read_public_keys(folder / SIGNERS), today)
    trusted = read_public_keys(folder / ZONE1)
    if not trusted:
        raise UserError(f"{folder / ZONE1}: geen publieke sleutel van zone 1; vraag de beheerder om die er te zetten")
    packages = [_open_package(file.parent, trusted, signed, today) for file in _manifests(folder)]
    sources = [package.manifest.bron for package in packages]
    for source in sources:
        if sources.count(source) > 1:
            raise UserError(f"{folder / PACKAGES}: bron '{source}' staat er twee keer; laat de laatste levering staan")
    scratch = folder / SCRATCH
    scratch.mkdir(exist_ok=True)
    return Project(folder, signed, packages, Engine(packages, scratch, limits))


def _manifests(folder: Path) -> list[Path]:
    return sorted((folder / PACKAGES).glob(f"*/{MANIFEST}"))


def _open_package(path: Path, trusted: Sequence[PublicKey], signed: SignedProject, today: date) -> Package:
    """Open one package; check that it was made for this project and holds nothing that the project does not permit."""
    package = load_package(path, trusted)
    manifest, project = package.manifest, signed.file
    if manifest.project.id != project.id:
        raise UserError(f"pakket {path}: gemaakt voor project '{manifest.project.id}', niet voor '{project.id}'")
    if manifest.project.digest != signed.digest:
        raise UserError(
            f"pakket {path}: gemaakt onder een andere versie van het projectbestand; laat zone 1 opnieuw leveren"
        )
    if manifest.doel != project.doel:
        raise UserError(f"pakket {path}: geleverd voor doel '{manifest.doel}'; dit project heeft doel '{project.doel}'")
    if today > manifest.bewaren_tot:
        raise UserError(
            f"pakket {path}: te bewaren tot {manifest.bewaren_tot}; verwijder het en vraag een nieuwe levering"
        )
    for resource in manifest.resources:
        table = f"{manifest.bron}.{resource.name}"
        permitted = project.permits(manifest.bron, resource.name)
        if permitted is None:
            raise UserError(
                f"pakket {path}: tabel '{table}' staat niet in het projectbestand; vraag een nieuwe levering"
            )
        beyond = sorted(resource.table_schema.permitted_as() - set(permitted))
        if beyond:
            raise UserError(
                f"pakket {path}: kolom '{table}.{beyond[0]}' staat niet in het projectbestand; "
                "vraag een nieuwe levering"
            )
    return package


class Project:
    """An opened project: its file, its packages, and the engine that runs queries on them.

    path: the workplace. signed: project file and who signed it. packages: the data packages, by name of their folder.
    """

    def __init__(self, path: Path, signed: SignedProject, packages: Sequence[Package], engine: Engine) -> None:
        """Take what `open_project` has checked."""
        self.path = path
        self.signed = signed
        self.packages = tuple(packages)
        self.engine = engine

    @property
    def file(self) -> ProjectFile:
        """The project file."""
        return self.signed.file

    @property
    def scratch(self) -> Path:
        """The folder in which intermediate results are kept; it never leaves the workspace."""
        return self.path / SCRATCH

    @property
    def synthetic(self) -> bool:
        """Whether every package is synthetic."""
        return bool(self.packages) and all(package.manifest.synthetisch for package in self.packages)

    def catalog(self) -> pd.DataFrame:
        """Return one row per column: tabel, kolom, betekenis, type, eenheid, categorie, maat, gevuld (share)."""
        return catalog.columns(self)

    def sql(self, query: str, **parameters: Parameter) -> pd.DataFrame:
        """Run one SELECT on the project's tables (`bron.tabel`) and return its rows as a DataFrame.

        parameters: values for `$name` in the text; the text of a pseudonym may be given. Pseudonyms in the result are
        text. Raises UserError for anything but one SELECT, and for a query that fails or outgrows its limits.
        """
        return self.engine.query(query, parameters)

    def indicator(self, name: str, **parameters: object) -> pd.DataFrame:
        """Return the rows of an indicator: buurtcode, waarde (NA = unknown), and the units behind each row.

        Rows without an area have buurtcode missing. Raises UserError when the indicator, a parameter or one of its
        sources is not there.
        """
        try:
            definition = indicators.get(name)
            bound = definition.bind(parameters)
            indicators.check_feasible(self.engine.connection, definition)
        except AnalysisError as error:
            raise UserError(str(error)) from None
        names = ", ".join(column_name(column) for column in ("buurtcode", "waarde", *definition.eenheden))
        order = f"buurtcode, waarde DESC NULLS LAST, {column_name(definition.geteld)}"
        return self.engine.trusted(
            f"SELECT {names} FROM (\n{definition.sql}\n) ORDER BY {order}", bound, list(definition.bronnen)
        )

    def rates(self, name: str, level: str = "buurt", **parameters: object) -> pd.DataFrame:
        """Return an indicator per area: `<level>code`, teller, noemer, onbekend (distinct units) and aandeel.

        level: buurt, wijk, gemeente or land. aandeel: teller / noemer in per cent, missing where noemer is 0. Exact
        counts, so for inside only. Raises UserError as `indicator`, and for an unknown level.
        """
        try:
            counts = indicators.area_counts(self.engine.connection, name, level=level, **parameters)
        except AnalysisError as error:
            raise UserError(str(error)) from None
        counts["aandeel"] = 100.0 * counts["teller"] / counts["noemer"].where(counts["noemer"] > 0)
        return counts

    def unplaced(self, name: str, **parameters: object) -> int:
        """Return how many counted units of an indicator have no area: the size of a blind spot.

        They did not link to a dwelling with a buurt. Raises UserError as `indicator`.
        """
        try:
            return indicators.unplaced(self.engine.connection, name, **parameters)
        except AnalysisError as error:
            raise UserError(str(error)) from None

    def areas(self) -> pd.DataFrame:
        """Return the buurten with their names, codes of wijk and gemeente, and `geometrie` (GeoJSON text).

        Raises UserError when no package has buurten with a geometry.
        """
        for table, fields in self.engine.tables.items():
            if {"buurtcode", "geometrie"} <= set(fields):
                return self.engine.trusted(f"SELECT * FROM {table_name(table)} ORDER BY buurtcode", {}, [table])
        raise UserError(
            "geen pakket met buurten en hun grenzen (kolommen 'buurtcode' en 'geometrie'); vraag om die bron"
        )

    def facts(self) -> Mapping[str, str]:
        """Return what the project is, as label -> text, for display."""
        file = self.file
        return {
            "project": f"{file.id} — {file.naam}",
            "vraag": file.vraag,
            "doel": file.doel,
            "grondslag": file.grondslag,
            "periode": f"{file.van} tot en met {file.tot}",
            "einde": str(file.einde),
            "ondertekend door": ", ".join(key.houder for key in self.signed.signers),
            "bronnen": ", ".join(package.manifest.bron for package in self.packages) or "geen",
            "gegevens": "synthetisch" if self.synthetic else "echt",
        }

    def __repr__(self) -> str:
        return f"Project({self.file.id}, {len(self.engine.tables)} tabellen)"

    def _repr_html_(self) -> str:
        left = "style='text-align:left'"
        rows = "".join(
            f"<tr><th {left}>{html.escape(label)}</th><td {left}>{html.escape(text)}</td></tr>"
            for label, text in self.facts().items()
        )
        return f"<table>{rows}</table>"
