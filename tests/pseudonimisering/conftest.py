"""A tiny town of hand-made deliveries, and a signed project, for the tests of zone 1."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from pseudonimisering.contract import load_contract
from pseudonimisering.custody import Custody, create_custody
from pseudonimisering.ingest import Delivered, deliver
from zoo_formaat.project import load_project, sign_project
from zoo_formaat.signature import PrivateKey

# Valid under the elfproef, computed by hand; the last two begin with zeros
BSNS = ["123456782", "111222333", "100000009", "012345672", "001234560"]

BRP_CONTRACT = """
versie = 1
bron = "brp"
houder = "Gemeente Proef"
grondslag = "artikel 1"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
synthetisch = true
[tabellen.personen]
bestand = "brp_personen*.csv"
formaat = "csv"
uniek = ["bsn"]
[tabellen.personen.kolommen.bsn]
rol = "identifier"
vorm = "bsn"
eenheid = "persoon"
naar = "persoon"
verplicht = true
voorloopnullen = "verloren"
[tabellen.personen.kolommen.achternaam]
rol = "weglaten"
[tabellen.personen.kolommen.geboortedatum]
rol = "datum"
bewerking = "jaar"
naar = "geboortejaar"
[tabellen.personen.kolommen.geslacht]
rol = "attribuut"
type = "tekst"
waarden = { M = "man", V = "vrouw" }
[tabellen.personen.kolommen.huishouden_nummer]
rol = "identifier"
vorm = "huishouden"
naar = "huishouden"
[tabellen.personen.adressen.adres]
eenheid = "adres"
postcode = "postcode"
huisnummer = "huisnummer"
huisletter = "huisletter"
toevoeging = "toevoeging"
"""

HEADER = "bsn;achternaam;geboortedatum;geslacht;huishouden_nummer;postcode;huisnummer;huisletter;toevoeging"
PERSONS = [
    "123456782;Jansen-Ölçer;19700000;M;H77001;1234AB;12;A;3",
    "111222333;De Vries;19801231;V;H77001;1234 ab;12 A-3;;",
    "100000009;Bakker;20010203;V;H77002;5678CD;7;;",
    "12345672;Visser;19550607;M;H77003;9012EF;100;;II",
]

INCOME_CONTRACT = """
versie = 1
bron = "inkomens"
houder = "Dienst Inkomens"
grondslag = "artikel 2"
doelen = ["ondermijning-vastgoed"]
bewaren_tot = 2999-12-31
[tabellen.inkomens]
bestand = "inkomens.sav"
formaat = "sav"
[tabellen.inkomens.kolommen.bsn]
rol = "identifier"
vorm = "bsn"
naar = "persoon"
[tabellen.inkomens.kolommen.jaar]
rol = "attribuut"
type = "jaar"
[tabellen.inkomens.kolommen.loon]
rol = "attribuut"
type = "geheel"
maat = "euro"
[tabellen.inkomens.kolommen.huishoudtype]
rol = "attribuut"
type = "tekst"
"""

PROJECT = """
versie = 1
id = "{id}"
naam = "Proef"
vraag = "Waar?"
doel = "{purpose}"
grondslag = "besluit"
van = 1995-01-01
tot = 2016-12-31
einde = {end}
beleid = "standaard"
eenheden = ["persoon", "adres"]
leden = []
[bronnen.brp]
personen = ["persoon", "geboortejaar", "geslacht", "huishouden", "adres"]
[bronnen.inkomens]
inkomens = ["persoon", "jaar", "loon", "huishoudtype"]
{more}
"""


@dataclass
class Town:
    """Everything one run of zone 1 needs, below one folder."""

    root: Path
    custody: Custody
    people: list[PrivateKey]

    bsns = BSNS
    header = HEADER
    rows = PERSONS
    brp_contract = BRP_CONTRACT
    income_contract = INCOME_CONTRACT

    @property
    def raw(self) -> Path:
        return self.root / "ruw"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def persons(self, rows: list[str] = PERSONS, header: str = HEADER, name: str = "brp_personen.csv") -> Path:
        return self.write(f"ruw/{name}", "\n".join([header, *rows]) + "\n")

    def contract(self, text: str = BRP_CONTRACT, name: str = "contract.toml") -> Path:
        return self.write(name, text)

    def project(
        self,
        name: str = "project.toml",
        id: str = "proef",
        purpose: str = "ondermijning-vastgoed",
        end: str = "2999-12-31",
        more: str = "",
        signatures: int = 2,
        text: str | None = None,
    ) -> Path:
        path = self.write(name, text or PROJECT.format(id=id, purpose=purpose, end=end, more=more))
        for person in self.people[:signatures]:
            sign_project(path, person)
        return path

    def incomes(self, bsns: list[float]) -> Path:
        count = len(bsns)
        path = self.raw / "inkomens.sav"
        self.raw.mkdir(exist_ok=True)
        frame = pl.DataFrame(
            {
                "bsn": bsns,
                "jaar": [2016.0] * count,
                "loon": [1000.0 * i for i in range(count)],
                "huishoudtype": [1.0 + i % 2 for i in range(count)],
            }
        )
        labels = {"huishoudtype": {1.0: "alleenstaand", 2.0: "paar"}}
        pyreadstat.write_sav(frame.to_pandas(), str(path), variable_value_labels=labels)
        return path

    def deliver(
        self,
        contract: Path,
        files: list[Path],
        project: Path,
        target: str = "pakket",
        custody: Custody | None = None,
        **options: Any,
    ) -> Delivered:
        custody = custody or self.custody
        signed = load_project(project, custody.signers(), on=date.today())
        return deliver(load_contract(contract), files, signed, custody, self.root / target, date.today(), **options)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    people = [PrivateKey.generate(name) for name in ("anna", "bram", "cato")]
    custody = create_custody(tmp_path / "geheimen", [person.public for person in people[:2]])
    return Town(tmp_path, custody, people)


@pytest.fixture
def another_custody(town: Town) -> Callable[[str], Custody]:
    """Make custody folders that trust the same people and hold other secrets."""
    return lambda name: create_custody(town.root / name, [person.public for person in town.people[:2]])


@pytest.fixture
def make_package(tmp_path: Path) -> Callable[..., Path]:
    """Write packages as zone 1 would, unsigned, straight from columns: what `measure` gets is known to the last row.

    tables: table -> column -> (domain or type, values); a value of a domain is any text, its pseudonym is made here.
    """

    def pseudonym(domain: str, key: str, value: str | None) -> bytes | None:
        return None if value is None else hashlib.sha256(f"{key}/{domain}/{value}".encode()).digest()[:16]

    def make(
        source: str,
        tables: dict[str, dict[str, tuple[str, list[object]]]],
        rejected: dict[str, dict[str, int]] | None = None,
        folder: str = "",
        coverage: dict[str, float] | None = None,
        project: str = "proef",
        version: int = 1,
        public: bool = False,
    ) -> Path:
        path = tmp_path / (folder or source)
        path.mkdir()
        types = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
        resources = []
        for table, columns in tables.items():
            arrays, fields = {}, []
            for name, (kind, values) in columns.items():
                plain = kind in types
                if plain:
                    arrays[name] = pa.array(values, types[kind])
                else:
                    stored = pa.array([pseudonym(kind, f"v{version}", value) for value in values], pa.binary(16))
                    arrays[name] = pa.ExtensionArray.from_storage(pa.uuid(), stored)
                extra = {} if plain else {"zoo:domein": kind}
                if (coverage or {}).get(name) is not None:
                    extra["zoo:dekking"] = coverage[name]
                fields.append({"name": name, "type": kind if plain else "uuid", **extra})
            content = pa.table(arrays)
            pq.write_table(content, path / f"{table}.parquet")
            resources.append(
                {
                    "name": table,
                    "path": f"{table}.parquet",
                    "hash": "sha256:" + "0" * 64,
                    "bytes": 0,
                    "schema": {"fields": fields},
                    "zoo:rijen": content.num_rows,
                    "zoo:verworpen": (rejected or {}).get(table, {}),
                }
            )
        manifest = {
            "name": source,
            "resources": resources,
            "zoo:bron": source,
            "zoo:houder": f"Houder van {source}",
            "zoo:project": {"id": project, "digest": "sha256:" + "1" * 64},
            "zoo:contract": "sha256:" + "2" * 64,
            "zoo:grondslag": "artikel 1",
            "zoo:doel": "proef",
            "zoo:bewarenTot": "2999-12-31",
            "zoo:synthetisch": True,
            "zoo:openbaar": public,
            "zoo:pseudoniemen": {"schema": "hmac-sha256/128", "sleutelversie": version},
            "zoo:verwerkt": "2026-01-02T03:04:05+00:00",
        }
        (path / "datapackage.json").write_text(json.dumps(manifest))
        return path

    return make
