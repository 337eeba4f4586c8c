"""Who must not come back: the pseudonyms of erased units, per project and domain.

CUSTODY/wissen/PROJECT/*.json (0600) holds per domain the pseudonyms whose rows were erased, never an identifier. A
later delivery drops the rows in which one of them stands. A list belongs to the key version it was made under; under
a later version its pseudonyms are carried along the chain.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from zoo_formaat.atomic import write_file
from zoo_formaat.canonical import canonical_bytes, parse_json
from zoo_formaat.document import Strict, parse_values
from zoo_formaat.errors import UserError
from zoo_formaat.keys import read_secret

if TYPE_CHECKING:
    from pseudonimisering.custody import Custody

FOLDER = "wissen"
REASON = "gewist"
"""The reason under which a delivery counts the rows that it drops."""

_PSEUDONYM = pa.binary(16)


class _List(Strict):
    """One file: the erased of one domain under one key version (and normalisation), in hexadecimals."""

    versie: int = Field(ge=1, le=1)
    domein: str
    normalisatie: int = Field(ge=1)
    sleutelversie: int = Field(ge=1)
    pseudoniemen: list[str]


class Suppressed:
    """The suppression lists of a custody."""

    def __init__(self, custody: "Custody") -> None:
        """Use the lists in `custody`."""
        self._custody = custody
        self._folder = custody.path / FOLDER
        self._known: dict[tuple[str, str, int], pa.Array] = {}

    def mask(self, project: str, domain: str, pseudonyms: pa.Array, normalisation: int = 1) -> pa.BooleanArray:
        """Return for every pseudonym (16 bytes, under the current key version) whether its unit was erased.

        null gives false. Lists are read once per object. Raises UserError when a list is damaged or open to others.
        """
        storage = pseudonyms.storage if isinstance(pseudonyms, pa.ExtensionArray) else pseudonyms
        key = (project, domain, normalisation)
        if key not in self._known:
            self._known[key] = self._erased(*key)
        return pc.is_in(storage, value_set=self._known[key], skip_nulls=True)

    @contextmanager
    def while_delivering(self) -> Iterator[None]:
        """Hold off erasures: what a delivery under way has read before an erasure must not come out after it."""
        with _locked(self._folder, fcntl.LOCK_SH):
            yield

    @contextmanager
    def while_deleting(self) -> Iterator[None]:
        """Hold off deliveries and other deletions. Raises UserError when one is under way."""
        try:
            with _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield
        except BlockingIOError:
            raise UserError(
                "er loopt nu een verwerking of een andere verwijdering; probeer het opnieuw als die klaar is"
            ) from None

    def digest(self, project: str) -> str:
        """Return a digest of the lists of a project: another one means that somebody was added."""
        content = hashlib.sha256()
        for path in sorted((self._folder / project).glob("*.json")):
            content.update(path.name.encode() + b"\0" + read_secret(path, "lijst van gewisten") + b"\0")
        return content.hexdigest()

    def add(self, project: str, domain: str, normalisation: int, version: int, pseudonym: bytes) -> None:
        """Add one pseudonym, made under key version `version`; adding it again changes nothing."""
        folder = self._folder / project
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(f"{domain}/{normalisation}/{version}".encode()).hexdigest()[:32]
        path = folder / f"{name}.json"
        with _locked(folder, fcntl.LOCK_EX):
            before = set(_read(path).pseudoniemen) if path.exists() else set()
            content = _List(
                versie=1,
                domein=domain,
                normalisatie=normalisation,
                sleutelversie=version,
                pseudoniemen=sorted(before | {pseudonym.hex()}),
            )
            write_file(path, canonical_bytes(content.model_dump()) + b"\n", mode=0o600)
        self._known.clear()

    def _erased(self, project: str, domain: str, normalisation: int) -> pa.Array:
        found = []
        for path in sorted((self._folder / project).glob("*.json")):
            content = _read(path)
            if (content.domein, content.normalisatie) != (domain, normalisation):
                continue
            values = pa.array([bytes.fromhex(text) for text in content.pseudoniemen], _PSEUDONYM)
            secret = self._custody.project_secret(project)
            if content.sleutelversie < secret.version:
                values = secret.domain_key(domain, normalisation).advance(values, content.sleutelversie)
            found.append(values)
        return pa.concat_arrays(found) if found else pa.nulls(0, _PSEUDONYM)


def _read(path: Path) -> _List:
    # parsed apart from the message: an error must not quote a pseudonym
    content = read_secret(path, "lijst van gewisten")
    try:
        return parse_values(parse_json(content, str(path)), _List, str(path))
    except UserError:
        raise UserError(f"lijst van gewisten {path} is beschadigd; zet de reservekopie terug") from None


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / ".slot").open("w") as stream:
        fcntl.flock(stream, kind)
        yield
