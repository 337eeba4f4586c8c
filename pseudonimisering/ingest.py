"""One delivery of one source into one data package: checked, normalised, pseudonymised, minimised, sorted, signed.

Raw values live in memory only, a chunk at a time. What touches the disk before the package is there holds pseudonyms,
in a folder that only this user can enter; a run that was killed continues there. The package appears, or replaces the
one before it, in one step.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pseudonimisering.audit_identity import identities, seal_column
from pseudonimisering.canonical import CanonicalChunk, CanonicalReader, Progress, Tally, thousands
from pseudonimisering.checkpoint import TableWork, Work, input_key, work_folder
from pseudonimisering.contract import Contract
from pseudonimisering.custody import Custody, user_name
from pseudonimisering.plan import TablePlan, audit_column, describe, make_plan, normalisation_of
from pseudonimisering.pseudonyms import DEFAULT_SCHEME, DomainKey
from pseudonimisering.pseudonyms.codes import CodeBook
from pseudonimisering.rarity import Rare, rare_in_table, write_report
from pseudonimisering.rows import CODE, Parts, write_part
from pseudonimisering.second_delivery import Existing, existing_package
from pseudonimisering.suppression import REASON as ERASED
from pseudonimisering.suppression import Suppressed
from zoo_formaat import audit
from zoo_formaat.atomic import new_directory, replace_directory
from zoo_formaat.errors import UserError
from zoo_formaat.package import (
    AuditFile,
    PackageManifest,
    ProjectReference,
    PseudonymReference,
    Resource,
    TableSchema,
    file_digest,
    write_manifest,
)
from zoo_formaat.package import Delivered as DeliveryRecord
from zoo_formaat.project import SignedProject
from zoo_formaat.sealed import SealKey

DOUBLE = "dubbel"
BELOW_COVERAGE = "onder_dekking"
UNEXPECTED_ROWS = "buiten_verwachting"


@dataclass(frozen=True)
class Delivered:
    """The result of a run: where the package lies, rows and rejects per table, and what is rare in it.

    continued: whether chunks of an earlier, killed run were used.
    """

    path: Path
    rows: dict[str, int]
    rejected: dict[str, dict[str, int]]
    domains: list[str]
    skipped: list[str]
    rare: list[Rare]
    continued: bool


def deliver(
    contract: Contract,
    files: Sequence[Path],
    project: SignedProject,
    custody: Custody,
    target: Path,
    today: date,
    progress: Progress = lambda _table, _rows, _share: None,
    *,
    anew: bool = False,
) -> Delivered:
    """Make the data package `target` of a source's files, or bring it up to date when it is there already.

    project: checked for its signatures. today: the day against which retention is checked. anew: make a package that
    is there anew, whatever the contract says about a second delivery. Raises UserError for everything that contract,
    project or files do not allow; then nothing is left behind and a package that was there is as it was.
    """
    plans, skipped = make_plan(contract, files, project.file, today)
    making = _Making(contract, project, custody, plans, progress)
    making.log("begonnen")
    try:
        # no erasure in between: what this run has read may not come out after somebody was erased
        with making.suppressed.while_delivering(), work_folder(target) as work:
            return making.run(work, target, skipped, anew=anew)
    except UserError:
        making.log("geweigerd")
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, duckdb.Error, OSError) as error:
        # These libraries quote the value that they stumbled over: only the kind of error may be seen
        kind = type(error).__name__
    except BaseException as error:
        # a panic in the Rust of such a library is no Exception, and its message quotes values too
        if type(error).__name__ != "PanicException":
            raise
        kind = "PanicException"
    finally:
        custody.release(project.file.id)
    making.log("mislukt", soort=kind)
    raise UserError(
        f"bronhouder {contract.houder}: de verwerking is gestopt door een onverwachte fout ({kind}); er is geen pakket "
        "geschreven. Controleer schijfruimte en geheugen en geef dezelfde opdracht opnieuw (wat klaar is, is bewaard), "
        "of meld het aan de beheerder"
    ) from None


class _Making:
    """The making of one package."""

    def __init__(
        self,
        contract: Contract,
        project: SignedProject,
        custody: Custody,
        plans: Sequence[TablePlan],
        progress: Progress,
    ) -> None:
        self.contract = contract
        self.project = project
        self.custody = custody
        self.plans = plans
        self.progress = progress
        self.signing_key = custody.signing_key()
        self.scheme, self.version, self.fingerprint = DEFAULT_SCHEME, 1, ""
        self.keys: dict[tuple[str, int], DomainKey] = {}
        self.codes: CodeBook | None = None
        self.checkers: list[SealKey] = []
        self.audit_key: bytes | None = None
        domains = {domain for part in plans for domain in part.domains()}
        self.domains = sorted({name for name, _ in domains})
        if domains:
            secret = custody.project_secret(project.file.id)
            self.scheme, self.version = secret.scheme, secret.version
            self.keys = {domain: secret.domain_key(*domain) for domain in domains}
            self.codes = custody.code_book(project.file.id)
            # says under which secret the work folder was filled, and nothing about the secret
            known = secret.domain_key("werkmap").pseudonyms(pl.Series(["werkmap"]))
            self.fingerprint = known[0].as_py().hex()
            self.checkers = list(custody.checkers())
            self.audit_key = custody.audit_key() if self.checkers else None
        self.suppressed = Suppressed(custody)

    def log(self, result: str, **details: object) -> None:
        """Add to the log of this zone: who, which source, which domains, and how it ended."""
        about = {"project": self.project.file.id, "contract": self.contract.digest, "domeinen": self.domains}
        self.custody.log.append(user_name(), "verwerk", f"bron:{self.contract.bron}", result, **about, **details)

    def run(self, work: Work, target: Path, skipped: list[str], *, anew: bool) -> Delivered:
        """Make the package in the work folder and put it in its place."""
        public = self.custody.public_key()
        erased = self.suppressed.digest(self.project.file.id)
        existing = existing_package(target, self.contract, self.project, self.plans, self.version, public, anew=anew)
        key = input_key(
            self.contract.digest,
            self.project.digest,
            {part.name: part.files for part in self.plans},
            schema=self.scheme,
            sleutels=f"{self.version}:{self.fingerprint}",
            toetsers=",".join(sorted(checker.id for checker in self.checkers)),
            normalisatie=",".join(f"{domain}:{version}" for domain, version in sorted(self.keys)),
            gewisten=erased,
            bestaand=existing.digest if existing else "",
        )
        continued = work.begin(key)
        made = [self._table(part, work.table(part.name), existing) for part in self.plans]
        rare = [found for part, table in zip(self.plans, made, strict=True) for found in table.rare]
        write_report(self.custody.path, self.project.file.id, self.contract.bron, rare)
        resources = [table.resource for table in made]
        manifest = self._manifest(resources, [file for table in made for file in table.audit], existing)
        self._check_unchanged(existing, erased)
        with replace_directory(target) if existing else new_directory(target) as folder:
            for table in made:
                table.put_into(folder, existing)
            write_manifest(folder, manifest, self.signing_key)
        rows = {resource.name: resource.rijen for resource in resources}
        self.log("gelukt", rijen=rows, wijze=manifest.leveringen[-1].tabellen, vervolgd=continued)
        rejected = {resource.name: resource.verworpen for resource in resources}
        return Delivered(target, rows, rejected, self.domains, skipped, rare, continued)

    def _check_unchanged(self, existing: Existing | None, erased: str) -> None:
        """Raise UserError when somebody was erased, or the package changed, since this run read them."""
        if (existing is not None and existing.changed()) or self.suppressed.digest(self.project.file.id) != erased:
            raise UserError(
                f"bronhouder {self.contract.houder}: intussen is het pakket gewijzigd of is er iemand gewist; geef de "
                "opdracht opnieuw"
            )

    # ----------------------------------------------------------------------------------------------------------- table

    def _table(self, part: TablePlan, work: TableWork, existing: Existing | None) -> "_Made":
        """Make the files of one table in its work folder, or take what an earlier run finished."""
        done = work.finished()
        if done is None:
            reader = CanonicalReader(self.contract, self.project.file, part, self.progress)
            audited = [output.name for output in part.pseudonyms if self.audit_key and output.unit]
            layout = part.layout(audited)
            at = work.position
            for chunk in reader.chunks((at.file, at.chunk), at.rows_before):
                table = self._pseudonymised(chunk, part, audited)
                write_part(work.part(len(work.parts)), table, layout)
                work.add(chunk.file, chunk.number, chunk.tally)
            self._meets_expectations(part, work.tally)
            old = existing.table(part.name) if existing else None
            if old:
                self._holds_nobody_erased(part, old.path)
            with Parts(work.parts, layout, work.folder / "sorteren", old.path if old else None) as rows:
                done = self._written(part, work, rows, reader, audited, existing).as_json()
            work.finish(done)
        return _Made.from_json(done, work.folder)

    def _holds_nobody_erased(self, part: TablePlan, path: Path) -> None:
        """Raise UserError when the package that is added to has rows of the erased: an older copy was put back."""
        names = [output.name for output in part.pseudonyms]
        for batch in pq.ParquetFile(path).iter_batches(columns=names) if names else ():
            for output in part.pseudonyms:
                domain, version = output.domain or "", normalisation_of(output.source)
                found = self.suppressed.mask(self.project.file.id, domain, batch.column(output.name), version)
                if pc.any(found).as_py():
                    raise UserError(
                        f"tabel '{part.name}': het pakket dat er staat heeft rijen van wie gewist is, dus het is een "
                        "eerdere uitgave; zet de laatste terug, of lever alles en geef --opnieuw"
                    )

    def _written(
        self,
        part: TablePlan,
        work: TableWork,
        rows: Parts,
        reader: CanonicalReader,
        audited: Sequence[str],
        existing: Existing | None,
    ) -> "_Made":
        rejected = Counter(work.tally.rejected)
        rejected[DOUBLE] = rows.deduplicate(reader.identifiers_of)
        old = existing.table(part.name) if existing else None
        if old:
            rejected.update(old.resource.verworpen)
        path = work.folder / f"{part.name}.parquet"
        count = rows.write_sorted(path, [f"{output.name}{CODE}" for output in part.pseudonyms], self._coder(part))
        number = existing.number if old and existing else 1
        sealed = []
        for output in part.pseudonyms:
            if output.name not in audited:
                continue
            file = work.folder / audit.file_name(part.name, output.name, number)
            file.unlink(missing_ok=True)
            about = audit.context(self.project.file.id, self.contract.bron, part.name, output.name, output.domain or "")
            seal_column(file, rows.pairs(output.name, audit_column(output.name)), self.checkers, about)
            sealed.append(
                AuditFile(
                    tabel=part.name,
                    kolom=output.name,
                    domein=output.domain or "",
                    path=file.name,
                    hash=file_digest(file),
                    bytes=file.stat().st_size,
                )
            )
        resource = Resource.model_validate(
            {
                "name": part.name,
                "path": path.name,
                "hash": file_digest(path),
                "bytes": path.stat().st_size,
                "schema": TableSchema(fields=describe(part)),
                "zoo:rijen": count,
                "zoo:verworpen": dict(sorted((+rejected).items())),
                "zoo:omschrijving": part.table.omschrijving,
            }
        )
        rare = rare_in_table(f"{self.contract.bron}.{part.name}", path, part)
        return _Made(resource, [*(old.audit if old else []), *sealed], rare, work.folder)

    def _pseudonymised(self, chunk: CanonicalChunk, part: TablePlan, audited: Sequence[str]) -> pa.Table:
        """Return the chunk as Arrow table in which every identifier is a pseudonym, without the rows of the erased."""
        domains = {output.name: (output.domain, normalisation_of(output.source)) for output in part.pseudonyms}
        domains |= {column.name: (column.domain, column.normalisation) for column in part.key_columns}
        arrays: dict[str, pa.Array] = {}
        erased: pl.Series | None = None
        for series in chunk.frame:
            name, (domain, version) = series.name, domains.get(series.name, (None, 0))
            if domain is None:
                arrays[name] = series.to_arrow()
                continue
            made = self.keys[domain, version].pseudonyms(series)
            arrays[name] = pa.ExtensionArray.from_storage(pa.uuid(), made)
            mask = pl.Series(self.suppressed.mask(self.project.file.id, domain, made, version))
            if mask.any():
                erased = mask if erased is None else erased | mask
            if name in audited and self.audit_key:
                arrays[audit_column(name)] = identities(self.audit_key, domain, series)
        table = pa.table(arrays)
        if erased is None:
            return table
        chunk.tally.rejected[ERASED] += int(erased.sum())
        return table.filter((~erased).to_arrow())

    def _coder(self, part: TablePlan) -> Any:
        """Return the function that gives every pseudonym of a batch of rows its code."""

        def add(table: pa.Table) -> pa.Table:
            if self.codes is None or not part.pseudonyms:
                return table
            # short sessions: another run on this project waits for the same book
            with self.codes.session() as session:
                for output in part.pseudonyms:
                    values = table.column(output.name).combine_chunks()
                    table = table.append_column(f"{output.name}{CODE}", session.assign(output.domain or "", values))
            return table

        return add

    def _meets_expectations(self, part: TablePlan, tally: Tally) -> None:
        """Compare rows and coverage with the contract: raise UserError, or count where the contract says `melden`."""
        stops = self.contract.fouten == "stoppen"
        place = f"bronhouder {self.contract.houder}, tabel '{part.name}'"
        fewest, most = part.table.verwacht_rijen or (0, tally.delivered)
        if not fewest <= tally.delivered <= most:
            if stops:
                raise UserError(
                    f"{place}: {thousands(tally.delivered)} rijen geleverd, terwijl het contract er "
                    f"{thousands(fewest)} tot {thousands(most)} verwacht; vraag de bronhouder of de levering volledig "
                    "is, of pas 'verwacht_rijen' aan"
                )
            tally.rejected[UNEXPECTED_ROWS] = max(fewest - tally.delivered, tally.delivered - most)
        for output in part.outputs:
            filled = tally.filled[output.name]
            if output.coverage is None or filled >= output.coverage * tally.loaded:
                continue
            if stops:
                share = f"{100 * filled / tally.loaded:.1f}".replace(".", ",")
                raise UserError(
                    f"{place}, kolom '{output.columns[0]}': {share} % van de rijen heeft een bruikbare waarde, terwijl "
                    f"het contract minstens {100 * output.coverage:g} % verwacht; vraag de bronhouder om een volledige "
                    "levering of pas 'dekking' aan"
                )
            tally.rejected[f"{output.name}.{BELOW_COVERAGE}"] = tally.loaded - filled

    # -------------------------------------------------------------------------------------------------------- manifest

    def _manifest(
        self, resources: list[Resource], sealed: list[AuditFile], existing: Existing | None
    ) -> PackageManifest:
        contract, project = self.contract, self.project
        now = datetime.now(UTC).isoformat(timespec="seconds")
        appended = {part.name for part in self.plans if existing and existing.table(part.name)}
        ways = {
            resource.name: "vult_aan" if resource.name in appended else "vervangt" if existing else "nieuw"
            for resource in resources
        }
        record = DeliveryRecord.model_validate(
            {
                "verwerkt": now,
                "contract": contract.digest,
                "tabellen": ways,
                "rijen": {resource.name: resource.rijen for resource in resources},
            }
        )
        earlier = existing.deliveries if existing and appended else []
        return PackageManifest.model_validate(
            {
                "name": contract.bron,
                "resources": resources,
                "zoo:bron": contract.bron,
                "zoo:houder": contract.houder,
                "zoo:project": ProjectReference(id=project.file.id, digest=project.digest, einde=project.file.einde),
                "zoo:contract": contract.digest,
                "zoo:grondslag": contract.grondslag,
                "zoo:doel": project.file.doel,
                "zoo:bewarenTot": contract.bewaren_tot,
                "zoo:verwijderenNa": {event.gebeurtenis: event.tabellen for event in contract.verwijderen_na},
                "zoo:synthetisch": contract.synthetisch,
                "zoo:openbaar": contract.openbaar,
                "zoo:pseudoniemen": PseudonymReference(schema_=self.scheme, sleutelversie=self.version),
                "zoo:verwerkt": now,
                "zoo:leveringen": [*earlier, record],
                "zoo:audit": sealed,
            }
        )


@dataclass(frozen=True)
class _Made:
    """What describes the finished files of one table. folder: where they are, save those of an existing package."""

    resource: Resource
    audit: list[AuditFile]
    rare: list[Rare]
    folder: Path

    def as_json(self) -> dict[str, Any]:
        """Return the description for a checkpoint."""
        return {
            "tabel": self.resource.model_dump(mode="json", by_alias=True),
            "audit": [file.model_dump(mode="json", by_alias=True) for file in self.audit],
            "zeldzaam": [found.as_json() for found in self.rare],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any], folder: Path) -> "_Made":
        """Return the description of a checkpoint."""
        return cls(
            Resource.model_validate(values["tabel"]),
            [AuditFile.model_validate(file) for file in values["audit"]],
            [Rare.from_json(found) for found in values["zeldzaam"]],
            folder,
        )

    def put_into(self, package: Path, existing: Existing | None) -> None:
        """Put the files into the folder of the package; they stay where they are as well."""
        for name in (self.resource.path, *(file.path for file in self.audit)):
            path = self.folder / name
            if not path.exists() and existing is not None:
                path = existing.path / name
            try:
                (package / name).hardlink_to(path)
            except OSError:
                # a file system without links
                shutil.copyfile(path, package / name)
