"""A tiny workplace made by hand: two sources, a project file signed by two, packages signed by zone 1."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zoo_formaat.keys import public_bytes, write_key_pair
from zoo_formaat.package import PackageManifest, file_digest, write_manifest
from zoo_formaat.project import load_project, sign_project
from zoo_formaat.signature import PrivateKey
from zoo_project import Project, open_project

PERSONS = [uuid.UUID(int=number << 64 | 7) for number in range(1, 7)]
DWELLINGS = [uuid.UUID(int=number << 64 | 9) for number in range(1, 5)]

PERSOON = {"name": "persoon", "type": "uuid", "zoo:eenheid": "persoon", "zoo:domein": "persoon"}
WONING = {"name": "woning", "type": "uuid", "zoo:eenheid": "adres", "zoo:domein": "verblijfsobject"}

TABLES: dict[str, dict[str, tuple[list[dict[str, Any]], pa.Table]]] = {
    "brp": {
        "personen": (
            [
                PERSOON | {"description": "inwoner"},
                {"name": "geboortejaar", "type": "integer", "description": "jaar van geboorte"},
                {"name": "geslacht", "type": "string", "zoo:waarden": {"M": "man", "V": "vrouw"}},
            ],
            pa.table(
                {
                    "persoon": pa.array([person.bytes for person in PERSONS], pa.uuid()),
                    "geboortejaar": pa.array([1950, 1960, 1960, 1980, None, 2000], pa.int32()),
                    "geslacht": ["M", "V", "V", "M", "V", "V"],
                }
            ),
        )
    },
    "bag": {
        "woningen": (
            [
                WONING,
                {"name": "buurtcode", "type": "string"},
                {"name": "woz_waarde", "type": "integer", "zoo:maat": "euro"},
                {"name": "verkocht", "type": "date", "zoo:categorie": "gewoon"},
                {"name": "bewoner", "type": "uuid", "zoo:eenheid": "persoon", "zoo:domein": "persoon"},
            ],
            pa.table(
                {
                    "woning": pa.array([dwelling.bytes for dwelling in DWELLINGS], pa.uuid()),
                    "buurtcode": ["BU90010101", "BU90010101", "BU90010102", None],
                    "woz_waarde": pa.array([200_000, 300_000, 100_000, 400_000], pa.int64()),
                    "verkocht": pa.array([date(1999, 5, 1), None, date(2004, 2, 3), date(2004, 9, 9)], pa.date32()),
                    "bewoner": pa.array([PERSONS[0].bytes, PERSONS[1].bytes, None, PERSONS[0].bytes], pa.uuid()),
                }
            ),
        )
    },
}


@dataclass
class Workplace:
    """A workplace in the making: change what a test needs, then `build`."""

    path: Path
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    project: dict[str, Any] = field(default_factory=dict)
    signers: tuple[str, ...] = ("directeur", "jurist")

    def key(self, holder: str) -> PrivateKey:
        if holder not in self.keys:
            self.keys[holder] = PrivateKey.generate(holder, demo=True)
        return self.keys[holder]

    def project_text(self) -> str:
        values: dict[str, Any] = {
            "id": "proef",
            "doel": "onderzoek",
            "einde": "2100-01-01",
            "woningen": ["woning", "buurtcode", "woz_waarde", "verkocht", "bewoner"],
            **self.project,
        }
        members = "".join(
            f'\n[[leden]]\nid = "{person}"\nnaam = "Iemand"\nrol = "{role}"\nteam = "{role}"\ntot = 2100-01-01\n'
            f'sleutel = "{self.key(person).public.sleutel}"\ndemo = true\n'
            for person, role in {"analist": "analist", "toetser": "toetser"}.items()
        )
        return (
            f'versie = 1\nid = "{values["id"]}"\nnaam = "Proef"\nvraag = "Een vraag?"\ndoel = "{values["doel"]}"\n'
            f'grondslag = "een wet"\nvan = 1995-01-01\ntot = 2016-12-31\neinde = {values["einde"]}\n'
            'beleid = "europees-2015"\neenheden = ["persoon", "adres"]\n'
            '[bronnen.brp]\npersonen = ["persoon", "geboortejaar", "geslacht"]\nverhuizingen = ["persoon", "datum"]\n'
            f"[bronnen.bag]\nwoningen = {values['woningen']}\n{members}"
        )

    def build(self) -> Path:
        """Write project file, trusted keys and packages; return the folder."""
        for name in ("ondertekenaars", "zone1", "pakketten", "sleutels"):
            (self.path / name).mkdir(parents=True)
        file = self.path / "project.toml"
        file.write_text(self.project_text(), encoding="utf-8")
        for holder in self.signers:
            sign_project(file, self.key(holder))
            (self.path / "ondertekenaars" / f"{holder}.pub.json").write_bytes(public_bytes(self.key(holder).public))
        (self.path / "zone1" / "zone1.pub.json").write_bytes(public_bytes(self.key("zone1").public))
        write_key_pair(self.path / "sleutels", self.key("analist"))
        for source in TABLES:
            self.package(source)
        return self.path

    def package(self, source: str, signed_by: str = "zone1", **changes: Any) -> None:
        """Write (again) the package of a source; `changes` replace values of its manifest."""
        folder = self.path / "pakketten" / source
        folder.mkdir(exist_ok=True)
        resources = []
        for name, (fields, table) in TABLES[source].items():
            pq.write_table(table, folder / f"{name}.parquet")
            resources.append(
                {
                    "name": name,
                    "path": f"{name}.parquet",
                    "hash": file_digest(folder / f"{name}.parquet"),
                    "bytes": (folder / f"{name}.parquet").stat().st_size,
                    "schema": {"fields": fields},
                    "zoo:rijen": table.num_rows,
                    "zoo:verworpen": {"dubbel": 2},
                    "zoo:omschrijving": f"tabel {name}",
                }
            )
        trusted = [self.key(holder).public for holder in self.keys]
        project = load_project(self.path / "project.toml", trusted) if len(self.signers) > 1 else None
        values: Mapping[str, Any] = {
            "name": source,
            "resources": resources,
            "zoo:bron": source,
            "zoo:houder": "Bronhouder",
            "zoo:project": {"id": self.project.get("id", "proef"), "digest": project.digest if project else ""},
            "zoo:contract": "sha256:" + "0" * 64,
            "zoo:grondslag": "artikel 1",
            "zoo:doel": self.project.get("doel", "onderzoek"),
            "zoo:bewarenTot": "2100-01-01",
            "zoo:synthetisch": True,
            "zoo:openbaar": False,
            "zoo:pseudoniemen": {"schema": "hmac-sha256/128", "sleutelversie": 1},
            "zoo:verwerkt": "2024-01-01T00:00:00Z",
            **changes,
        }
        write_manifest(folder, PackageManifest.model_validate(values), self.key(signed_by))


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "werk")


@pytest.fixture
def built(workplace: Workplace) -> Workplace:
    workplace.build()
    return workplace


@pytest.fixture
def project(built: Workplace) -> Project:
    return open_project(built.path)


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command `zoo` in this process; returns exit code, standard output and standard error."""
    from zoo_project.cli import main

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["zoo", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        output = capsys.readouterr()
        return int(stop.value.code or 0), output.out, output.err

    return command
