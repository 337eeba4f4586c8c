"""Two deliveries without a common number become one package: pairs of pseudonyms with weight and probability."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pseudonimisering.contract import Contract
from pseudonimisering.custody import Custody, user_name
from pseudonimisering.linkage.calibration import Shape, expected_false, fit
from pseudonimisering.linkage.candidates import MOST_PAIRS, check_pairs, compare, count_pairs
from pseudonimisering.linkage.frequencies import rarity
from pseudonimisering.linkage.sides import IDENTIFIER, Side, common, make_side, read_side
from pseudonimisering.pseudonyms import ProjectSecret
from pseudonimisering.suppression import Suppressed
from zoo_formaat.atomic import new_directory
from zoo_formaat.canonical import digest
from zoo_formaat.errors import UserError
from zoo_formaat.package import (
    FieldDescription,
    LinkageReference,
    PackageManifest,
    ProjectReference,
    PseudonymReference,
    Resource,
    TableSchema,
    file_digest,
    write_manifest,
)
from zoo_formaat.project import SignedProject

TABLE = "koppelingen"
METHOD = "splink-5/drie-klassen-en-naamgenoten/een-op-een/1"
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
DEFAULT_THRESHOLD = 0.9
LEFT, RIGHT, WEIGHT, PROBABILITY = "links", "rechts", "gewicht", "kans"
_TYPES = {LEFT: pa.uuid(), RIGHT: pa.uuid(), WEIGHT: pa.float64(), PROBABILITY: pa.float64()}


@dataclass(frozen=True)
class Links:
    """The probability of every compared pair, in an order made by content.

    left, right: row numbers in the frames. true_pairs: links that are expected among the compared pairs.
    splink: probability by Splink alone, for comparison. compared: pairs per blocking rule.
    """

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    probability: np.ndarray
    true_pairs: float
    splink: np.ndarray
    compared: dict[str, int]

    def curve(self) -> list[dict[str, float]]:
        """Return per threshold the links, how many are expected to be false, and the share of true pairs found."""
        rows = []
        for threshold in THRESHOLDS:
            count, false = expected_false(self.probability, threshold)
            found = (count - false) / self.true_pairs if self.true_pairs else 0.0
            rows.append(
                {
                    "drempel": threshold,
                    "koppelingen": count,
                    "verwacht_onjuist": round(false, 3),
                    "foutkans": round(false / count, 6) if count else 0.0,
                    "gevonden": round(min(found, 1.0), 4),
                }
            )
        return rows


@dataclass(frozen=True)
class Linked:
    """The result of a run: where the package lies, its source name, and what is expected of its links."""

    path: Path
    source: str
    rows: tuple[int, int]
    compared: dict[str, int]
    about: LinkageReference


def source_name(left: Contract, right: Contract) -> str:
    """Return the name under which a project permits the link table of two sources."""
    return f"koppeling_{left.bron}_{right.bron}"


def match(left: pl.DataFrame, right: pl.DataFrame, shape: Shape, threads: int = 2, most: int = MOST_PAIRS) -> Links:
    """Compare two frames of persons (in an order made by content) and return the probability of every pair.

    Raises UserError when there are too many pairs to compare or too little memory.
    """
    compared = count_pairs(left, right)
    check_pairs(compared, most)
    total = sum(compared.values())
    if total == 0:
        nothing, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Links(whole, whole, nothing, nothing, 0.0, nothing, compared)
    pairs = compare(left, right, total, threads)
    fitted = fit(pairs, rarity(pairs, left, right), shape)
    # Rounded, so that the last bits of a sum never show
    weight, probability = np.round(fitted.weight, 4), np.round(fitted.probability, 6)
    return Links(pairs.left, pairs.right, weight, probability, fitted.links, pairs.splink, compared)


def link(
    left: tuple[Contract, Path],
    right: tuple[Contract, Path],
    project: SignedProject,
    custody: Custody,
    target: Path,
    today: date,
    threshold: float = DEFAULT_THRESHOLD,
    most: int = MOST_PAIRS,
) -> Linked:
    """Make the package `target` with the links between two deliveries.

    threshold: least probability of a link, at least 0.5: then no record of a person has two links. Legal ground,
    purposes, retention and category are the narrowest of both contracts. Raises UserError for everything that
    contracts, project or files do not allow; then nothing is left behind.
    """
    if not 0.5 <= threshold < 1:
        raise UserError(
            "--drempel moet minstens 0,5 en kleiner dan 1 zijn; onder 0,5 is een koppeling vaker fout dan goed"
        )
    sides = make_side(*left), make_side(*right)
    source = source_name(sides[0].contract, sides[1].contract)
    columns = _permitted(sides, source, project, today)
    signing_key = custody.signing_key()
    secret = custody.project_secret(project.file.id)
    about = {"project": project.file.id, "domeinen": sorted({side.domain[0] for side in sides})}
    custody.log.append(user_name(), "koppel", f"bron:{source}", "begonnen", **about)
    try:
        suppressed = Suppressed(custody)
        with suppressed.while_delivering(), new_directory(target) as folder:
            frames = [read_side(side, project.file) for side in sides]
            shape = Shape(frames[0].height, frames[1].height, sides[0].unique, sides[1].unique)
            bare = [frame.drop(IDENTIFIER) for frame in frames]
            found = match(bare[0], bare[1], shape, most=most)
            table = _link_table(found, threshold, frames, sides, secret, suppressed, project.file.id)
            resource = _write(folder, table.select(columns), sides)
            reference = _reference(found, threshold, table, sides)
            manifest = _manifest(source, sides, project, secret, resource, reference)
            write_manifest(folder, manifest, signing_key)
        custody.log.append(user_name(), "koppel", f"bron:{source}", "gelukt", rijen={TABLE: resource.rijen}, **about)
    except UserError:
        custody.log.append(user_name(), "koppel", f"bron:{source}", "geweigerd", **about)
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, duckdb.Error, OSError, MemoryError) as error:
        # these libraries quote the value that they stumbled over: only the kind of error may be seen
        kind = type(error).__name__
    else:
        return Linked(target, source, (shape.left, shape.right), found.compared, reference)
    finally:
        custody.release(project.file.id)
    custody.log.append(user_name(), "koppel", f"bron:{source}", "mislukt", soort=kind, **about)
    raise UserError(
        f"de koppeling is gestopt door een onverwachte fout ({kind}); er is niets geschreven. Controleer schijfruimte "
        "en geheugen en meld het anders aan de beheerder"
    ) from None


def _permitted(sides: tuple[Side, Side], source: str, project: SignedProject, today: date) -> list[str]:
    """Return the columns that the project asks for. Raises UserError when project or contracts do not permit it."""
    names = [side.contract.bron for side in sides]
    purposes = common(sides)
    if project.file.doel not in purposes:
        both = ", ".join(purposes) or "geen"
        raise UserError(
            f"de contracten van '{names[0]}' en '{names[1]}' staan doel '{project.file.doel}' niet allebei toe (doelen "
            f"van beide: {both}); vraag de bronhouders om toestemming"
        )
    for side in sides:
        if today > side.contract.bewaren_tot:
            raise UserError(
                f"bronhouder {side.contract.houder}: de bewaartermijn liep tot {side.contract.bewaren_tot}; sluit een "
                "nieuw contract"
            )
    columns = project.file.permits(source, TABLE)
    if not columns:
        raise UserError(
            f"project '{project.file.id}' staat bron '{source}' niet toe; laat in het projectbestand opnemen: "
            f'[bronnen.{source}] {TABLE} = ["{LEFT}", "{RIGHT}", "{WEIGHT}", "{PROBABILITY}"]'
        )
    unknown = sorted(set(columns) - set(_TYPES))
    if unknown:
        raise UserError(
            f"project '{project.file.id}' noemt kolom '{source}.{TABLE}.{unknown[0]}', die een koppeling niet heeft "
            f"(wel: {', '.join(_TYPES)}); pas het projectbestand aan"
        )
    return [name for name in _TYPES if name in columns]


def _link_table(
    found: Links,
    threshold: float,
    frames: list[pl.DataFrame],
    sides: tuple[Side, Side],
    secret: ProjectSecret,
    suppressed: Suppressed,
    project: str,
) -> pa.Table:
    """Return the accepted pairs as pseudonyms, without those of the erased, in the order of the pseudonyms."""
    accepted = np.flatnonzero(found.probability >= threshold)
    arrays: dict[str, pa.Array] = {}
    keep = pa.array(np.ones(len(accepted), dtype=bool))
    for name, side, frame, rows in zip((LEFT, RIGHT), sides, frames, (found.left, found.right), strict=True):
        made = secret.domain_key(*side.domain).pseudonyms(frame.get_column(IDENTIFIER).gather(rows[accepted]))
        keep = pc.and_not(keep, suppressed.mask(project, side.domain[0], made, side.domain[1]))
        arrays[name] = made
    arrays[WEIGHT] = pa.array(found.weight[accepted])
    arrays[PROBABILITY] = pa.array(found.probability[accepted])
    table = pa.table(arrays).filter(keep)
    # the order of the pseudonyms is keyed: it says nothing about the deliveries
    table = table.take(pc.sort_indices(table, [(LEFT, "ascending"), (RIGHT, "ascending")]))
    typed = [pa.ExtensionArray.from_storage(pa.uuid(), table.column(name).combine_chunks()) for name in (LEFT, RIGHT)]
    return pa.table([*typed, table.column(WEIGHT), table.column(PROBABILITY)], schema=pa.schema(_TYPES))


def _write(folder: Path, table: pa.Table, sides: tuple[Side, Side]) -> Resource:
    path = folder / f"{TABLE}.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    described = {
        name: {
            "name": name,
            "type": "uuid",
            "description": f"{side.identifier.name} in {side.contract.bron}.{side.table_name}",
            "zoo:categorie": side.identifier.source.categorie,
            "zoo:eenheid": side.identifier.unit,
            "zoo:domein": side.domain[0],
        }
        for name, side in zip((LEFT, RIGHT), sides, strict=True)
    }
    described[WEIGHT] = {
        "name": WEIGHT,
        "type": "number",
        "description": "log2 van de kansverhouding van het paar op zichzelf",
    }
    described[PROBABILITY] = {
        "name": PROBABILITY,
        "type": "number",
        "description": "kans dat het paar één persoon is, gegeven alle andere paren",
    }
    return Resource.model_validate(
        {
            "name": TABLE,
            "path": path.name,
            "hash": file_digest(path),
            "bytes": path.stat().st_size,
            "schema": TableSchema(fields=[FieldDescription.model_validate(described[n]) for n in table.column_names]),
            "zoo:rijen": table.num_rows,
            "zoo:verworpen": {},
            "zoo:omschrijving": "personen die in beide bronnen dezelfde zijn, geschat op naam, geboortedatum en adres",
        }
    )


def _reference(found: Links, threshold: float, table: pa.Table, sides: tuple[Side, Side]) -> LinkageReference:
    kept = table.column(PROBABILITY).to_numpy()
    false = float((1 - kept).sum())
    return LinkageReference(
        methode=METHOD,
        contracten={side.contract.bron: side.contract.digest for side in sides},
        drempel=threshold,
        koppelingen=table.num_rows,
        verwacht_onjuist=round(false, 3),
        foutkans=round(false / len(kept), 6) if len(kept) else 0.0,
        verwachte_paren=round(found.true_pairs, 1),
        kromme=found.curve(),
    )


def _manifest(
    source: str,
    sides: tuple[Side, Side],
    project: SignedProject,
    secret: ProjectSecret,
    resource: Resource,
    reference: LinkageReference,
) -> PackageManifest:
    contracts = [side.contract for side in sides]
    events: dict[str, list[str]] = {}
    for side in sides:
        for event in side.contract.verwijderen_na:
            if side.table_name in event.tabellen:
                events[event.gebeurtenis] = [TABLE]
    return PackageManifest.model_validate(
        {
            "name": source,
            "resources": [resource],
            "zoo:bron": source,
            "zoo:houder": " en ".join(dict.fromkeys(contract.houder for contract in contracts)),
            "zoo:project": ProjectReference(id=project.file.id, digest=project.digest, einde=project.file.einde),
            "zoo:contract": digest(reference.contracten),
            "zoo:grondslag": "; en ".join(f"{contract.bron}: {contract.grondslag.strip()}" for contract in contracts),
            "zoo:doel": project.file.doel,
            "zoo:bewarenTot": min(contract.bewaren_tot for contract in contracts),
            "zoo:synthetisch": all(contract.synthetisch for contract in contracts),
            "zoo:openbaar": False,
            "zoo:pseudoniemen": PseudonymReference(schema_=secret.scheme, sleutelversie=secret.version),
            "zoo:verwerkt": datetime.now(UTC).isoformat(timespec="seconds"),
            "zoo:verwijderenNa": events,
            "zoo:koppeling": reference,
        }
    )
