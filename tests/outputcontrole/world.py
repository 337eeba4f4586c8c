"""A tiny world for the checker: hand-made packages, people with keys, a policy, a project, a registration."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from outputcontrole.airlock import requests
from outputcontrole.assessment import Assessment, assess
from outputcontrole.policy import DEFAULT, sign_policy
from outputcontrole.registration import Registration, create_registration, open_registration, register_project
from outputcontrole.spec import Request, parse_request
from zoo_formaat.canonical import digest
from zoo_formaat.keys import write_key_pair
from zoo_formaat.package import PackageManifest, file_digest, write_manifest
from zoo_formaat.project import sign_project
from zoo_formaat.signature import PrivateKey

COMMAND = str(Path(sys.executable).with_name("outputcontrole"))
BUURTEN = [f"BU{g:04}{w:02}{b:02}" for g in (9001, 9002) for w in (1, 2) for b in range(4)]
TYPES = ("appartement", "hoekwoning", "tussenwoning")
MEMBERS = {
    "an.alist": ("analist", "onderzoek"),
    "bo.toets": ("toetser", "controle"),
    "cas.toets": ("toetser", "controle"),
    "dirk.collega": ("toetser", "Onderzoek "),
    "eva.beheer": ("beheerder", "beheer"),
    "flo.toets": ("toetser", "controle"),
}
WHY = "Voldoet aan het beleid, gezien."

Column = tuple[str, str, str | None, str | None]
"""Name, type, protected unit and domain of a column."""


def uuid(kind: str, number: int) -> bytes:
    """Return a made-up pseudonym."""
    return hashlib.sha256(f"{kind}:{number}".encode()).digest()[:16]


def uuid_text(kind: str, number: int) -> str:
    return str(UUID(bytes=uuid(kind, number)))


_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return rows as the Parquet table that zone 1 would write: pseudonyms as UUIDs."""
    arrays = []
    for position, (_, kind, _, _) in enumerate(columns):
        values = [row[position] for row in rows]
        if kind == "uuid":
            storage = pa.array(values, pa.binary(16))
            arrays.append(pa.ExtensionArray.from_storage(pa.uuid(), storage))
        else:
            arrays.append(pa.array(values, _ARROW[kind]))
    return pa.table(arrays, names=[name for name, *_ in columns])


WONINGEN: list[Column] = [
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("adres", "uuid", "adres", "adres"),
    ("woningtype", "string", None, None),
    ("bouwjaar", "integer", None, None),
    ("woz_waarde", "integer", None, None),
    ("buurtcode", "string", None, None),
]
TRANSACTIES: list[Column] = [
    ("transactie", "uuid", None, "recordnummer:kadaster.transacties"),
    ("woning", "uuid", "adres", "verblijfsobject"),
    ("datum", "date", None, None),
    ("koopsom", "integer", None, None),
    ("verkoper_persoon", "uuid", "persoon", "persoon"),
    ("verkoper_rechtspersoon", "uuid", "rechtspersoon", "rechtspersoon"),
    ("koper_persoon", "uuid", "persoon", "persoon"),
    ("koper_rechtspersoon", "uuid", "rechtspersoon", "rechtspersoon"),
]
GEBIEDEN: list[Column] = [
    ("buurtcode", "string", None, None),
    ("inwoners", "integer", None, None),
    ("geometrie", "string", None, None),
]
Tables = dict[str, tuple[list[Column], list[list[Any]]]]


def map_of_areas() -> Tables:
    """The open map: a square per buurt."""
    rows = []
    for i, code in enumerate(BUURTEN):
        x, y = 100 * (i % 4), 100 * (i // 4)
        ring = [[x, y], [x + 100, y], [x + 100, y + 100], [x, y + 100], [x, y]]
        rows.append([code, 100 + 7 * i, json.dumps({"type": "Polygon", "coordinates": [ring]})])
    return {"buurten": (GEBIEDEN, rows)}


def dwellings(seed: int = 1) -> Tables:
    """About forty dwellings per buurt; corner houses are rare, so their cells are small."""
    generator = np.random.default_rng(seed)
    rows: list[list[Any]] = []
    for position, code in enumerate(BUURTEN):
        for _ in range(36 + 2 * position):
            number = len(rows)
            kind = TYPES[int(generator.choice(3, p=[0.55, 0.1, 0.35]))]
            value = int(generator.integers(100, 900)) * 1000
            rows.append([uuid("woning", number), uuid("adres", number), kind, 1900 + number % 97, value, code])
    rows.append([uuid("woning", 10**6), uuid("adres", 10**6), "appartement", 1888, 50_000_000, BUURTEN[0]])
    return {"woningen": (WONINGEN, rows)}


def sales(seed: int = 2) -> Tables:
    """Sales by which every third dwelling or so changed hands twice on a day, more so in the first buurten."""
    generator = np.random.default_rng(seed)
    rows: list[list[Any]] = []
    for position, row in enumerate(dwellings()["woningen"][1]):
        chance = 0.55 - 0.02 * BUURTEN.index(row[5])
        times = 2 if generator.random() < chance else 1
        day = date(2010, 1, 1) + timedelta(days=int(generator.integers(0, 2000)))
        for sale in range(times):
            seller, buyer = uuid("persoon", 3 * position + sale), uuid("persoon", 3 * position + sale + 1)
            price = int(generator.integers(100, 500)) * 1000
            rows.append([uuid("transactie", len(rows)), row[0], day, price, seller, None, buyer, None])
    return {"transacties": (TRANSACTIES, rows)}


class World:
    """The folders and people of one installation; every method does what a person would do with a command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.packages = root / "pakketten"
        self.registration_path = root / "registratie"

    @property
    def registration(self) -> Registration:
        return open_registration(self.registration_path)

    def key(self, person: str) -> PrivateKey:
        from zoo_formaat.keys import read_private_key

        return read_private_key(self.root / "personen" / f"{person}.sleutel")

    def key_file(self, person: str) -> Path:
        return self.root / "personen" / f"{person}.sleutel"

    # making

    def people(self, *, demo: Sequence[str] = ()) -> None:
        (self.root / "personen").mkdir(parents=True)
        for person in ("bestuur", "jurist", "zone1", *MEMBERS):
            write_key_pair(self.root / "personen", PrivateKey.generate(person, demo=person in demo))

    def policy(self, **changes: object) -> Path:
        path = self.root / "beleid.toml"
        lines = []
        for line in DEFAULT.splitlines():
            name = line.split(" ", 1)[0]
            lines.append(f"{name} = {json.dumps(changes[name])}" if name in changes else line)
        path.write_text("\n".join(lines) + "\n")
        path.with_name("beleid.toml.dsse.json").unlink(missing_ok=True)
        for person in ("bestuur", "jurist"):
            sign_policy(path, self.key(person))
        return path

    def project(self, *, extra: dict[str, Tables] | None = None, **changes: Any) -> Path:
        """Write and sign the project file. changes: values, or `tot_<person>` for the end of a membership."""
        sources = {**self.sources, **(extra or {})}
        self.sources = sources
        values = {"id": "proef", "einde": "2040-12-31", "beleid": "europees-2015", **changes}
        lines = [
            "versie = 1",
            f'id = "{values["id"]}"',
            'naam = "Proef"\nvraag = "Welke buurten wijken af?"\ndoel = "proef"\ngrondslag = "geen"',
            f'van = 1995-01-01\ntot = 2016-12-31\neinde = {values["einde"]}\nbeleid = "{values["beleid"]}"',
            'eenheden = ["persoon", "huishouden", "adres", "eigenaar", "rechtspersoon"]',
        ]
        for source, tables in sources.items():
            lines.append(f"[bronnen.{source}]")
            lines += [f"{name} = {json.dumps([c[0] for c in cols])}" for name, (cols, _) in tables.items()]
        for person, (role, team) in MEMBERS.items():
            public = self.key(person).public
            until = values.get(f"tot_{person}", "2040-12-31")
            lines.append(
                f'[[leden]]\nid = "{person}"\nnaam = "{person}"\nrol = "{role}"\nteam = "{team}"\n'
                f'tot = {until}\nsleutel = "{public.sleutel}"\ndemo = {str(public.demo).lower()}'
            )
        path = self.root / "project.toml"
        path.write_text("\n".join(lines) + "\n")
        path.with_name("project.toml.dsse.json").unlink(missing_ok=True)
        for person in ("bestuur", "jurist"):
            sign_project(path, self.key(person))
        return path

    sources: dict[str, Tables]

    def deliver(
        self,
        source: str,
        *,
        synthetic: bool = True,
        until: str = "2040-12-31",
        key: PrivateKey | None = None,
        project: str = "proef",
    ) -> Path:
        """Write the package of a source, signed by zone 1 (or by `key`)."""
        folder = self.packages / source
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        resources = []
        for name, (columns, rows) in self.sources[source].items():
            file = folder / f"{name}.parquet"
            pq.write_table(table(columns, rows), file)
            fields = [
                {"name": n, "type": t, "zoo:eenheid": unit, "zoo:domein": domain} for n, t, unit, domain in columns
            ]
            resources.append(
                {
                    "name": name,
                    "path": file.name,
                    "hash": file_digest(file),
                    "bytes": file.stat().st_size,
                    "schema": {"fields": fields},
                    "zoo:rijen": len(rows),
                    "zoo:verworpen": {},
                }
            )
        manifest = PackageManifest.model_validate(
            {
                "name": source,
                "resources": resources,
                "zoo:bron": source,
                "zoo:houder": f"Houder van {source}",
                "zoo:project": {"id": project, "digest": digest((self.root / "project.toml").read_bytes())},
                "zoo:contract": "sha256:" + "0" * 64,
                "zoo:grondslag": "geen",
                "zoo:doel": "proef",
                "zoo:bewarenTot": until,
                "zoo:synthetisch": synthetic,
                "zoo:openbaar": source == "gebieden",
                "zoo:pseudoniemen": {"schema": "hmac-sha256/128", "sleutelversie": 1},
                "zoo:verwerkt": "2026-01-01T00:00:00+00:00",
            }
        )
        write_manifest(folder, manifest, key or self.key("zone1"))
        return folder

    def set_up(self, **policy: object) -> None:
        """Create the registration with this policy."""
        people = [self.root / "personen" / f"{name}.pub.json" for name in ("bestuur", "jurist")]
        zone1 = [self.root / "personen" / "zone1.pub.json"]
        create_registration(self.registration_path, people, zone1, self.policy(**policy))

    def register(self) -> None:
        register_project(self.registration, self.root / "project.toml", self.packages)

    # using

    def request(self, *outputs: dict[str, Any], **changes: Any) -> Request:
        return parse_request(json.dumps(self.draft(*outputs, **changes)).encode(), "aanvraag")

    @staticmethod
    def draft(*outputs: dict[str, Any], **changes: Any) -> dict[str, Any]:
        numbered = [{"naam": f"uitvoer-{i}", "titel": "Een tabel", **output} for i, output in enumerate(outputs)]
        return {
            "versie": 1,
            "project": "proef",
            "auteur": "an.alist",
            "vraag": "Waar wijken woningen af?",
            "populatie": "Alle woningen in de stad",
            "gebruik": "Voor het team ondermijning",
            "ontvangers": "De stuurgroep van de stad",
            "uitvoer": numbered,
            **changes,
        }

    def assess(self, *outputs: dict[str, Any], **changes: Any) -> Assessment:
        return assess(self.registration, self.request(*outputs, **changes), threads=2)

    def submit(self, *outputs: dict[str, Any], **changes: Any) -> str:
        request = self.request(*outputs, **changes)
        envelope = request.signed(self.key(request.auteur))
        stored, _ = requests.take_in(self.registration, envelope.to_bytes(), "aanvraag")
        return stored.request.id

    def decide(self, number: str, *officers: str, verdict: Any = "akkoord") -> None:
        for officer in officers:
            requests.decide(self.registration, number, verdict, WHY, self.key(officer))

    def release(self, number: str) -> Path:
        return requests.release(self.registration, number, self.root / "vrijgave", threads=2)

    def submit_and_release(self, *outputs: dict[str, Any]) -> Path:
        number = self.submit(*outputs)
        self.decide(number, "bo.toets", "cas.toets")
        return self.release(number)

    @property
    def public_keys(self) -> Path:
        """The folder of keys with which an outsider verifies."""
        folder = self.root / "publiek"
        if not folder.exists():
            folder.mkdir()
            for person in ("bestuur", "jurist"):
                shutil.copy(self.root / "personen" / f"{person}.pub.json", folder)
            shutil.copy(self.registration_path / "sleutel" / "zone3.pub.json", folder)
        return folder

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run the real command in a process of its own."""
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ZOO_REGISTRATIE": str(self.registration_path), "TERM": "dumb"},
            cwd=self.root,
        )


def build(root: Path, *, demo: Sequence[str] = (), extra: dict[str, Tables] | None = None, **policy: object) -> World:
    """Build a world with map, dwellings and sales, registered and ready."""
    world = World(root)
    root.mkdir(parents=True, exist_ok=True)
    world.sources = {"gebieden": map_of_areas(), "bag": dwellings(), "kadaster": sales()}
    world.people(demo=demo)
    world.project(extra=extra)
    for source in world.sources:
        world.deliver(source)
    world.set_up(**policy)
    world.register()
    return world


def copy(world: World, root: Path) -> World:
    """Copy a world whole, so that a test may break it."""
    shutil.copytree(world.root, root)
    copied = World(root)
    copied.sources = dict(world.sources)
    copied.register()
    return copied


def hits(**changes: Any) -> dict[str, Any]:
    """A table of dwellings sold twice on a day, per buurt."""
    return {
        "soort": "frequentietabel",
        "bron": {"indicator": "doorverkoop_zelfde_dag"},
        "filter": [{"kolom": "waarde", "is": "=", "waarde": True}],
        "dimensies": ["buurtcode"],
        "bescherming": "onderdrukken",
        **changes,
    }


def counts(*dimensions: str, source: str = "bag.woningen", unit: str = "woning", **changes: Any) -> dict[str, Any]:
    """A frequency table of dwellings."""
    return {
        "soort": "frequentietabel",
        "bron": {"tabel": source},
        "dimensies": list(dimensions) or ["buurtcode"],
        "tel": unit,
        "bescherming": "onderdrukken",
        **changes,
    }


def sums(*dimensions: str, **changes: Any) -> dict[str, Any]:
    """A table of sums of WOZ values."""
    return {
        "soort": "magnitudetabel",
        "bron": {"tabel": "bag.woningen"},
        "dimensies": list(dimensions) or ["buurtcode"],
        "maat": "woz_waarde",
        "statistiek": "som",
        "tel": "woning",
        "bescherming": "onderdrukken",
        **changes,
    }


def share(name: str = "doorverkoop", **parameters: Any) -> dict[str, Any]:
    """The share of dwellings sold twice on a day."""
    return {"soort": "aandeel", "naam": name, "indicator": "doorverkoop_zelfde_dag", "parameters": parameters}


INHABITANTS = {"soort": "kerncijfer", "naam": "inwoners", "kolom": "gebieden.buurten.inwoners"}
MAP = {"soort": "kaart", "kenmerk": share(), "klassen": [20, 30, 40]}
CLUSTERS = {"soort": "clusterprofiel", "kenmerken": [share(), INHABITANTS], "clusters": 2}
TREE = {"soort": "beslisboom", "doel": share(), "kenmerken": [INHABITANTS], "diepte": 2, "aandeel": 0.3}
