"""What is due goes, on the day and not before, and never by a clock that was set back."""

import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pseudonimisering.custody import create_custody
from pseudonimisering.retention import Event, expire
from tests.pseudonimisering.storage import fingerprint, store
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify
from zoo_formaat.package import load_package

COMMAND = str(Path(sys.executable).with_name("pseudonimisering"))
DAY = timedelta(days=1)
PEOPLE = [{"persoon": "123456782", "jaar": 1950}, {"persoon": "111222333", "jaar": 1960}]
INDICATIONS = [{"persoon": "123456782", "indicatie": "ja"}]
DOMAINS = {"persoon": "persoon"}


class Stock:
    """A custody and a workplace with one package, on a day that does not end during the test."""

    def __init__(self, root: Path) -> None:
        now = datetime.now(UTC)
        left = datetime.combine(now.date() + DAY, datetime.min.time(), UTC) - now
        if left < timedelta(seconds=30):
            time.sleep(left.total_seconds())
        self.today = datetime.now(UTC).date()
        self.root = root
        self.custody = create_custody(root / "geheimen", [])
        self.work = root / "werk"
        self.work.mkdir()
        (self.work / "project.toml").write_text("")
        (self.work / "klad").mkdir()
        (self.work / "klad" / "afgeleid.csv").write_text("x")

    def add(self, source: str = "zorg", **options) -> Path:
        tables = {"personen": PEOPLE, "indicaties": INDICATIONS}
        return store(self.custody, self.work / "pakketten" / source, "proef", source, tables, DOMAINS, **options)

    def expire(self, *arguments, **options):
        return expire(self.custody, [self.work], *arguments, **options)

    @property
    def scratch(self) -> list[Path]:
        return list((self.work / "klad").iterdir())


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    return Stock(tmp_path)


@pytest.mark.parametrize("reason", ["until", "end"])
def test_the_last_day_is_a_day_on_which_it_may_exist(stock: Stock, reason: str) -> None:
    path = stock.add(**{reason: stock.today})
    other = stock.add("brp")
    before = fingerprint(other)
    assert stock.expire().due == [] and path.exists() and stock.scratch
    tomorrow = stock.expire(stock.today + DAY, dry=True)
    assert [part.package.path for part in tomorrow.due] == [path] and path.exists()
    assert fingerprint(other) == before


@pytest.mark.parametrize(
    ("option", "reason"),
    [("until", "bewaartermijn"), ("end", "project geëindigd")],
)
def test_after_the_last_day_it_is_gone_with_all_that_was_made_of_it(stock: Stock, option: str, reason: str) -> None:
    path = stock.add(**{option: stock.today - DAY})
    (path.parent / ".zorg.bezig").mkdir()
    (path.parent / ".onaf-zorg-0123456789abcdef").mkdir()
    other = stock.add("brp")
    (path.parent / ".brp.bezig").mkdir()
    before = fingerprint(other)
    done = stock.expire()
    assert [(part.package.path, part.tables) for part in done.due] == [(path, None)]
    assert done.due[0].reason.startswith(reason)
    assert done.ended == (["proef"] if option == "end" else [])
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".brp.bezig", "brp"]
    assert stock.scratch == [] and fingerprint(other) == before
    log = (stock.custody.path / "logboek.jsonl").read_text()
    assert verify(stock.custody.path / "logboek.jsonl") and log.count('"verlopen"') == 2 and "bron:zorg" in log


def test_a_run_that_was_killed_while_removing_is_finished_by_the_next(stock: Stock) -> None:
    path = stock.add(until=stock.today - DAY)
    path.rename(path.with_name(".onaf-zorg-0123456789abcdef"))
    assert stock.expire(dry=True).due == [] and list(path.parent.iterdir())
    assert stock.expire().due == []
    assert list(path.parent.iterdir()) == []
    with pytest.raises(UserError, match="bestaat niet"):
        expire(stock.custody, [stock.root / "weg"])


def test_an_event_takes_the_tables_that_the_contract_names(stock: Stock) -> None:
    path = stock.add(events={"selectie-gemaakt": ["indicaties"]})
    before = pq.read_table(path / "personen.parquet")
    done = stock.expire(event=Event("selectie-gemaakt", "zorg"))
    assert [(part.tables, part.reason) for part in done.due] == [(("indicaties",), "gebeurtenis selectie-gemaakt")]
    assert {file.name for file in path.iterdir()} == {"personen.parquet", "datapackage.json", "datapackage.dsse.json"}
    package = load_package(path, [stock.custody.public_key()])
    assert [resource.name for resource in package.manifest.resources] == ["personen"]
    assert package.digest == done.deleted[0].after != done.deleted[0].before
    assert pq.read_table(path / "personen.parquet").equals(before)
    # the event happened already: nothing more to do
    assert stock.expire(event=Event("selectie-gemaakt", "zorg")).due == []


def test_an_event_that_takes_every_table_takes_the_package(stock: Stock) -> None:
    path = stock.add(events={"klaar": ["indicaties", "personen"]})
    assert stock.expire(event=Event("klaar", "zorg")).deleted[0].after is None
    assert not path.exists()


def test_an_event_nobody_knows_is_an_error(stock: Stock) -> None:
    path = stock.add(events={"selectie-gemaakt": ["indicaties"]})
    before = fingerprint(path)
    for event in (Event("selectie", "zorg"), Event("selectie-gemaakt", "brp")):
        with pytest.raises(UserError, match="geen pakket van bron"):
            stock.expire(event=event)
    assert fingerprint(path) == before


def test_a_clock_that_was_set_back_decides_nothing(stock: Stock) -> None:
    path = stock.add(until=stock.today - DAY)
    log = stock.custody.path / "logboek.jsonl"
    lines = log.read_bytes()
    with pytest.raises(UserError, match="vóór de nieuwste regel van het logboek"):
        stock.expire(stock.today - DAY)
    ahead = json.loads(lines.splitlines()[-1])
    ahead["tijd"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="milliseconds")
    log.write_bytes(lines + json.dumps(ahead).encode() + b"\n")
    with pytest.raises(UserError, match="zet de klok goed"):
        stock.expire()
    assert path.exists()
    log.write_bytes(lines)
    with pytest.raises(UserError, match="ligt in de toekomst"):
        stock.expire(stock.today + DAY)
    stock.expire()
    assert not path.exists()


def test_the_command(stock: Stock) -> None:
    path = stock.add(until=stock.today - DAY)

    def run(*more: str) -> subprocess.CompletedProcess:
        arguments = ["verlopen", "--geheimen", stock.custody.path, "--pakketten", stock.work, *more]
        return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)

    dry = run("--droog", "--op", (stock.today + DAY).isoformat())
    assert (dry.returncode, dry.stderr) == (0, "") and "het hele pakket te verwijderen" in dry.stdout and path.exists()
    half = run("--gebeurtenis", "klaar")
    assert half.returncode == 2 and "horen bij elkaar" in half.stderr
    done = run("--json")
    assert (done.returncode, done.stderr) == (0, "") and not path.exists()
    assert json.loads(done.stdout)["verwijderd"] == [
        {
            "pakket": str(path),
            "project": "proef",
            "bron": "zorg",
            "tabellen": None,
            "reden": f"bewaartermijn tot {stock.today - DAY}",
        }
    ]


def test_a_delivery_writes_down_what_the_clock_needs(town) -> None:
    event = '[[verwijderen_na]]\ngebeurtenis = "selectie"\ntabellen = ["personen"]\n'
    head, tables = town.brp_contract.split("[tabellen.personen]", 1)
    contract = town.contract(head + event + "[tabellen.personen]" + tables)
    done = town.deliver(contract, [town.persons()], town.project(end="2998-01-02"))
    manifest = load_package(done.path, [town.custody.public_key()]).manifest
    assert manifest.project.einde == date(2998, 1, 2)
    assert manifest.verwijderen_na == {"selectie": ["personen"]}
