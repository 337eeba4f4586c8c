"""An erased person is gone from everything, stays gone, and nobody else notices."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from pseudonimisering.custody import Custody, create_custody
from pseudonimisering.custody.rotation import rotate
from pseudonimisering.erasure import canonical, erase
from pseudonimisering.suppression import Suppressed
from tests.pseudonimisering.storage import contents, fingerprint, holding, pseudonym, shapes, store
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.package import load_package

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))
HERE = Path(__file__).parent
# valid under the elfproef, computed by hand
GONE, OTHERS = "123456782", ["111222333", "100000009", "012345672", "001234560"]
EVERYBODY = [GONE, *OTHERS]
DOMAINS = {
    "persoon": "persoon",
    "koper": "persoon",
    "verkoper": "persoon",
    "adres": "adres",
    "bedrijf": "rechtspersoon",
}
ADDRESS = "1234AB|12|A|3"


def persons(people: list[str] = EVERYBODY) -> list[dict]:
    return [
        {"persoon": bsn, "adres": ADDRESS if i < 2 else f"9999ZZ|{i}||", "jaar": 1950 + i}
        for i, bsn in enumerate(people)
    ]


def sales(people: list[str] = EVERYBODY) -> list[dict]:
    """200 sales between neighbours in the list, and one buyer who is unknown."""
    rows = [
        {
            "koper": people[i % len(people)],
            "verkoper": people[(i + 1) % len(people)],
            "bedrijf": f"{i % 7:08}",
            "prijs": i,
        }
        for i in range(200)
    ]
    return [*rows, {"koper": None, "verkoper": people[-1], "bedrijf": "12345678", "prijs": 7}]


class Vault:
    """A custody, and two projects with two packages each in a workplace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.custody = create_custody(root / "geheimen", [])
        for project in ("een", "twee"):
            work = self.work(project)
            work.mkdir()
            (work / "project.toml").write_text("")
            (work / "klad").mkdir()
            store(
                self.custody, self.package(project, "brp"), project, "brp", {"personen": persons()}, DOMAINS, codes=True
            )
            tables = {"verkopen": sales(), "straten": [{"straat": "Dam", "prijs": 1}]}
            store(self.custody, self.package(project, "kadaster"), project, "kadaster", tables, DOMAINS)

    def work(self, project: str) -> Path:
        return self.root / f"werk-{project}"

    def package(self, project: str, source: str) -> Path:
        return self.work(project) / "pakketten" / source

    @property
    def packages(self) -> list[Path]:
        return [self.package(project, source) for project in ("een", "twee") for source in ("brp", "kadaster")]

    @property
    def works(self) -> list[Path]:
        return [self.work("een"), self.work("twee")]

    def erase(self, identifier: str = GONE, domain: str = "persoon", **options):
        return erase(self.custody, self.works, domain, identifier, **options)

    def rows(self, project: str, source: str, table: str) -> list[dict]:
        return pq.read_table(self.package(project, source) / f"{table}.parquet").to_pylist()

    def pseudonym(self, identifier: str, project: str = "een", domain: str = "persoon") -> bytes:
        return pseudonym(self.custody, project, domain, identifier)

    def run(self, *arguments: object, entered: str = GONE) -> subprocess.CompletedProcess:
        return subprocess.run(
            [COMMAND, *map(str, arguments)], input=entered + "\n", capture_output=True, text=True, check=False
        )


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def outside_the_list(root: Path, raw: bytes) -> set[str]:
    return {str(p.relative_to(root)) for p in holding(root, raw) if "wissen" not in p.parts}


def test_the_erased_person_is_in_no_byte_of_any_zone(vault: Vault) -> None:
    raws = [vault.pseudonym(GONE, project) for project in ("een", "twee")]
    (vault.work("een") / "klad" / "tussentabel").mkdir()
    (vault.work("een") / "klad" / "tussentabel" / "a.csv").write_bytes(shapes(raws[0])[4])
    (vault.work("twee") / "klad" / "cache.bin").write_bytes(raws[1])
    partial = vault.work("een") / "pakketten" / ".onaf-brp-0123456789abcdef"
    partial.mkdir()
    (partial / "deel.bin").write_bytes(raws[0])
    unfinished = vault.work("twee") / "pakketten" / ".inkomens.bezig" / "tabel-x"
    unfinished.mkdir(parents=True)
    (unfinished / "deel-00000.bin").write_bytes(raws[1])
    before = [outside_the_list(vault.root, raw) for raw in raws]
    assert all(len(found) >= 3 for found in before)
    done = vault.erase()
    assert [outside_the_list(vault.root, raw) for raw in raws] == [set(), set()]
    assert {(part.project, part.source): part.rows for part in done.changed} == {
        (project, source): rows
        for project in ("een", "twee")
        for source, rows in (("brp", {"personen": 1}), ("kadaster", {"verkopen": 80}))
    }
    assert done.projects == ["een", "twee"]
    assert done.emptied == [
        vault.work("een") / "klad",
        vault.work("twee") / "klad",
        vault.work("twee") / "pakketten",
    ]
    assert all(load_package(path, [vault.custody.public_key()]) for path in vault.packages)


def test_the_packages_are_those_of_a_delivery_without_the_person(vault: Vault, tmp_path: Path) -> None:
    """Other rows keep content and order; the file is, byte for byte, the one that would have been made."""
    vault.erase()
    left = [row for row in sales() if GONE not in (row["koper"], row["verkoper"])]
    tables = {"verkopen": left, "straten": [{"straat": "Dam", "prijs": 1}]}
    again = store(vault.custody, tmp_path / "opnieuw", "een", "kadaster", tables, DOMAINS)
    assert fingerprint(again) == fingerprint(vault.package("een", "kadaster"))
    assert [row["jaar"] for row in vault.rows("een", "brp", "personen")] == [1951, 1952, 1953, 1954]


def test_what_does_not_hold_the_person_is_not_touched(vault: Vault) -> None:
    raw, before = vault.pseudonym(GONE), fingerprint(vault.package("een", "brp"))
    stranger = vault.erase("232262536")
    assert stranger.changed == []
    assert fingerprint(vault.package("een", "brp")) == before
    assert holding(vault.root, raw)


def test_one_project_can_be_chosen(vault: Vault) -> None:
    before = fingerprint(vault.work("twee"))
    done = vault.erase(projects=["een"])
    assert done.projects == ["een"] and {part.project for part in done.changed} == {"een"}
    assert fingerprint(vault.work("twee")) == before
    assert outside_the_list(vault.root, vault.pseudonym(GONE, "een")) == set()
    with pytest.raises(UserError, match="project 'drie' is hier niet bekend; bekend zijn: een, twee"):
        vault.erase(projects=["drie"])


@pytest.mark.parametrize(
    ("domain", "entered", "canonical_form", "rows"),
    [
        ("adres", "1234 ab;12;a;3", ADDRESS, {"personen": 2}),
        ("rechtspersoon", "00000003", "00000003", {"verkopen": 29}),
    ],
)
def test_addresses_and_firms(vault: Vault, domain: str, entered: str, canonical_form: str, rows: dict) -> None:
    assert canonical("adres" if domain == "adres" else "kvk", entered) == canonical_form
    raw = vault.pseudonym(canonical_form, "twee", domain)
    assert outside_the_list(vault.root, raw)
    done = vault.erase(entered, domain, projects=["twee"])
    assert [part.rows for part in done.changed] == [rows]
    assert outside_the_list(vault.root, raw) == set()


def test_the_list_says_who_may_not_come_back(vault: Vault) -> None:
    key = vault.custody.project_secret("een").domain_key("persoon")
    made = key.pseudonyms(pl.Series([*EVERYBODY, None]))
    suppressed = Suppressed(vault.custody)
    assert suppressed.mask("een", "persoon", made).to_pylist() == [False] * 6
    vault.erase(projects=["een"])
    fresh = Suppressed(vault.custody)
    assert fresh.mask("een", "persoon", made).to_pylist() == [True] + [False] * 5
    assert fresh.mask("een", "adres", made).to_pylist() == [False] * 6
    assert fresh.mask("twee", "persoon", made).to_pylist() == [False] * 6
    (file,) = (vault.custody.path / "wissen" / "een").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert GONE not in file.read_text()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(UserError, match="beschadigd") as caught:
        Suppressed(vault.custody).mask("een", "persoon", made)
    assert made[0].as_py().hex() not in str(caught.value)


def test_erased_before_and_after_a_rotation(vault: Vault, tmp_path: Path) -> None:
    """The list is carried along the chain; packages of an older key version are cleaned too."""
    vault.erase(projects=["een"])
    other, old = OTHERS[0], vault.pseudonym(OTHERS[0])
    copy = tmp_path / "oud"
    store(vault.custody, copy, "een", "brp", {"personen": persons(OTHERS)}, DOMAINS)
    rotate(vault.custody, "een", vault.work("een") / "pakketten", tmp_path / "nieuw")
    custody = Custody(vault.custody.path)
    made = custody.project_secret("een").domain_key("persoon").pseudonyms(pl.Series(EVERYBODY))
    assert Suppressed(custody).mask("een", "persoon", made).to_pylist() == [True, False, False, False, False]
    done = erase(custody, [copy, tmp_path / "nieuw"], "persoon", other, projects=["een"])
    assert {part.path.name for part in done.changed} == {"oud", "brp", "kadaster"}
    for raw in (old, made[1].as_py()):
        assert not holding(copy, raw) and not holding(tmp_path / "nieuw", raw)
    assert Suppressed(custody).mask("een", "persoon", made).to_pylist() == [True, True, False, False, False]


def test_a_code_is_burnt(vault: Vault) -> None:
    codes = {row["persoon"].bytes: row["persoon_code"] for row in vault.rows("een", "brp", "personen")}
    made = vault.custody.project_secret("een").domain_key("persoon").pseudonyms(pl.Series(EVERYBODY))
    vault.erase()
    assert outside_the_list(vault.custody.path / "codes", made[0].as_py()) == set()
    with vault.custody.code_book("een").session() as session:
        again = session.assign("persoon", made).to_pylist()
    assert again[1:] == [codes[raw] for raw in made.to_pylist()[1:]]
    assert again[0] not in codes.values()
    with vault.custody.code_book("een").session() as session:
        assert session.assign("persoon", made).to_pylist() == again


def test_a_dry_run_changes_nothing(vault: Vault) -> None:
    before = fingerprint(vault.root)
    done = vault.erase(dry=True)
    assert sum(sum(part.rows.values()) for part in done.changed) == 162
    after = fingerprint(vault.root)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= {"geheimen/logboek.jsonl", "geheimen/wissen/.slot"}


def test_twice_is_once(vault: Vault) -> None:
    vault.erase()
    packages = [fingerprint(path) for path in vault.packages]
    assert vault.erase().changed == []
    assert [fingerprint(path) for path in vault.packages] == packages


@pytest.mark.parametrize(
    ("entered", "message"),
    [
        ("123456789", "elfproef"),
        ("12345672", "typ ook de nullen vooraan"),
        ("12345678a", "verwacht 9 cijfers"),
        ("", "geen identificatie gegeven"),
    ],
)
def test_a_wrong_number_is_not_repeated_and_changes_nothing(vault: Vault, entered: str, message: str) -> None:
    before = fingerprint(vault.root)
    done = vault.run(
        "vergeet",
        "--geheimen",
        vault.custody.path,
        "--pakketten",
        vault.works[0],
        "--domein",
        "persoon",
        entered=entered,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fout: ") and done.stderr.count("\n") == 1 and message in done.stderr
    assert not entered or entered not in done.stderr
    assert fingerprint(vault.root) == before


def test_the_command_tells_what_it_did_and_no_log_who(vault: Vault) -> None:
    done = vault.run(
        "vergeet",
        "--geheimen",
        vault.custody.path,
        "--pakketten",
        vault.works[0],
        "--pakketten",
        vault.works[1],
        "--domein",
        "persoon",
        "--json",
        entered="1234.56.782",
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["projecten"] == ["een", "twee"] and len(told["pakketten"]) == 4
    for part in told["pakketten"]:
        now = load_package(Path(part["pakket"]), [vault.custody.public_key()])
        assert part["is"] == now.digest != part["was"]
    log = (vault.custody.path / "logboek.jsonl").read_bytes()
    assert verify(vault.custody.path / "logboek.jsonl") and b'"vergeet"' in log
    for secret in (GONE.encode(), *shapes(vault.pseudonym(GONE))):
        assert secret not in log and secret not in done.stdout.encode()
    assert all(GONE.encode() not in content for _, content in contents(vault.root))


def test_what_is_not_ours_or_was_changed_stops_everything(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "leeg").mkdir()
    with pytest.raises(UserError, match="bevat geen datapakketten"):
        erase(vault.custody, [tmp_path / "leeg"], "persoon", GONE)
    file = vault.package("twee", "kadaster") / "verkopen.parquet"
    file.write_bytes(file.read_bytes() + b"x")
    before = fingerprint(vault.package("een", "brp"))
    with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
        vault.erase()
    assert fingerprint(vault.package("een", "brp")) == before
    assert not list((vault.custody.path / "wissen").glob("*/*.json"))


def test_it_waits_for_no_delivery(vault: Vault) -> None:
    with Suppressed(vault.custody).while_delivering(), pytest.raises(UserError, match="loopt nu een verwerking"):
        vault.erase()
    with Suppressed(vault.custody).while_delivering(), Suppressed(vault.custody).while_delivering():
        pass
    assert vault.erase().changed


def test_own_domains_need_their_kind(vault: Vault) -> None:
    with pytest.raises(UserError, match="noem met --vorm"):
        vault.erase("7", "meldingen:nummer")
    assert vault.erase("7", "meldingen:nummer", kind="registratienummer").changed == []
    with pytest.raises(UserError, match="vorm 'x' bestaat niet"):
        vault.erase("7", "persoon", kind="x")


def test_a_new_delivery_does_not_bring_the_person_back(town) -> None:
    first = town.deliver(town.contract(), [town.persons()], town.project())
    assert first.rows == {"personen": 4}
    raw = pseudonym(town.custody, "proef", "persoon", GONE)
    assert holding(first.path, raw)
    erase(town.custody, [first.path], "persoon", GONE)
    again = town.deliver(town.contract(), [town.persons()], town.project(), target="later")
    assert again.rows == {"personen": 3}
    assert again.rejected["personen"]["gewist"] == 1
    assert not holding(again.path, raw)
    left = {path: pq.read_table(path / "personen.parquet") for path in (first.path, again.path)}
    assert left[first.path].equals(left[again.path])


def test_kill_9_at_any_step_loses_nothing_and_the_next_run_finishes(vault: Vault, tmp_path: Path) -> None:
    start = tmp_path / "killen" / "begin"
    start.mkdir(parents=True)
    for name in ("geheimen", "werk-een", "werk-twee"):
        (tmp_path / name).rename(start / name)
    points = "100" if os.environ.get("ZOO_FULL") else "4"
    done = subprocess.run(
        [sys.executable, HERE / "erased_at.py", tmp_path / "killen", points, "1", GONE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert " steps" in done.stdout
