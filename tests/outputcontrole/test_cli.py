"""The command as other people script against it: real processes, exit codes, one JSON object, one line per error."""

import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from outputcontrole.bundle.verify import verify_bundle
from tests.outputcontrole.world import COMMAND, WHY, World, counts, hits
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify as verify_log


def write(own: World, *outputs: dict[str, Any], **changes: Any) -> Path:
    path = own.root / "aanvraag.json"
    path.write_text(json.dumps(own.draft(*outputs, **changes)))
    return path


def one_line(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 2, done
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("fout: ")
    return line


@pytest.mark.parametrize(
    ("outputs", "changes", "code", "verdict"),
    [
        ([hits()], {}, 0, "vrij"),
        ([hits(), counts("buurtcode", "woningtype")], {}, 3, "beschermd"),
        ([hits()], {"vraag": "Waarom zijn het er 31?"}, 5, "handmatig"),
        ([hits(), counts("buurtcode", "woningtype", bescherming="geen")], {}, 4, "geweigerd"),
    ],
)
def test_the_exit_code_is_the_verdict(
    world: World, outputs: Sequence[dict[str, Any]], changes: dict[str, Any], code: int, verdict: str
) -> None:
    done = world.run("toets", write(world, *outputs, **changes), "--json")
    assert done.returncode == code
    report = json.loads(done.stdout)
    assert report["oordeel"] == verdict
    assert report["voorlopig"] is True
    assert [output["naam"] for output in report["uitvoer"]] == [f"uitvoer-{i}" for i in range(len(outputs))]
    for output in report["uitvoer"]:
        assert set(output) >= {"naam", "soort", "oordeel", "bevindingen", "voorbeeld"}
        for finding in output["bevindingen"]:
            assert set(finding) == {"regel", "ernst", "cel", "zin", "oplossing"}


def test_wrong_use_is_one_line(world: World, tmp_path: Path) -> None:
    garbage = tmp_path / "x.json"
    garbage.write_bytes(b"\xff{")
    assert "geen UTF-8" in one_line(world.run("toets", garbage))
    assert "bestaat niet" in one_line(world.run("toets", tmp_path / "weg.json"))
    assert "onbekend project" in one_line(world.run("toets", write(world, hits(), project="anders")))


def test_from_request_to_bundle_by_commands_alone(own_world: World) -> None:
    signed = own_world.root / "aanvraag.dsse.json"
    signed.write_bytes(own_world.request(hits()).signed(own_world.key("an.alist")).to_bytes())
    taken = own_world.run("ontvang", signed, "--json")
    number = json.loads(taken.stdout)["aanvraag"]
    for officer in ("bo.toets", "cas.toets"):
        key = ("--sleutel", own_world.key_file(officer))
        assert own_world.run("beoordeel", number, *key, "--oordeel", "akkoord", "--motivering", WHY).returncode == 0
    state = json.loads(own_world.run("toon", number, "--json").stdout)
    assert state["oordelen"] == {"bo.toets": "akkoord", "cas.toets": "akkoord"}
    blocked = own_world.root / "bestand"
    blocked.write_text("x")
    assert "niet te maken" in one_line(own_world.run("vrijgeven", number, "--uit", blocked))
    released = own_world.run("vrijgeven", number, "--uit", "vrijgave", "--draden", "1")
    assert released.returncode == 0, released.stderr
    found = own_world.run("verifieer", f"vrijgave/{number}", "--sleutels", own_world.public_keys, "--json")
    assert json.loads(found.stdout)["toetsers"] == ["bo.toets", "cas.toets"]
    assert own_world.run("controleer-logboek").returncode == 0
    table = own_world.root / "vrijgave" / number / "data/uitvoer-0/tabel.csv"
    table.write_bytes(table.read_bytes().replace(b"Totaal", b"TOTAAL"))
    line = one_line(own_world.run("verifieer", f"vrijgave/{number}", "--sleutels", own_world.public_keys))
    assert "tabel.csv is gewijzigd" in line


def test_two_releases_at_once_write_one_bundle(own_world: World) -> None:
    number = own_world.submit(hits())
    own_world.decide(number, "bo.toets", "cas.toets")
    command = [COMMAND, "vrijgeven", number, "--uit", "vrijgave", "--registratie", str(own_world.registration_path)]
    both = [
        subprocess.Popen(command, cwd=own_world.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2]
    assert any("bestaat al" in error for error in errors)
    verify_bundle(own_world.root / "vrijgave" / number, own_world.public_keys)
    verify_log(own_world.registration_path / "logboek.jsonl")


def killed(own: World, after: float, *arguments: object) -> None:
    """Start the command and kill it (-9) after so many seconds."""
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments), "--registratie", str(own.registration_path)],
        cwd=own.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_release_leaves_a_whole_bundle_or_none(own_world: World) -> None:
    number = own_world.submit(hits())
    own_world.decide(number, "bo.toets", "cas.toets")
    generator = random.Random(5)
    for _ in range(3):
        killed(own_world, generator.uniform(0.8, 2.2), "vrijgeven", number, "--uit", "vrijgave")
        bundle = own_world.root / "vrijgave" / number
        if bundle.exists():
            verify_bundle(bundle, own_world.public_keys)
            assert (own_world.registration_path / "historie" / f"{number}.dsse.json").exists()
            shutil.rmtree(bundle)
        own_world.registration.log.append("test", "lezen", number, "gelukt")
        verify_log(own_world.registration_path / "logboek.jsonl")
    verify_bundle(own_world.release(number), own_world.public_keys)
    assert sorted(path.name for path in (own_world.root / "vrijgave").iterdir()) == [number]


def test_a_killed_intake_leaves_a_whole_request_or_none(own_world: World) -> None:
    signed = own_world.root / "aanvraag.dsse.json"
    request = own_world.request(hits())
    signed.write_bytes(request.signed(own_world.key("an.alist")).to_bytes())
    generator = random.Random(6)
    for _ in range(2):
        killed(own_world, generator.uniform(0.8, 2.0), "ontvang", signed)
        whole = list((own_world.registration_path / "aanvragen").glob("a-*"))
        for folder in whole:
            assert {entry.name for entry in folder.iterdir()} >= {"aanvraag.dsse.json", "binding.json", "voorbeeld"}
            shutil.rmtree(folder)
    number = own_world.submit(hits())
    own_world.decide(number, "bo.toets")
    with pytest.raises(UserError, match=f"er zijn: {number}$"):
        own_world.decide("a-onbekend", "bo.toets")
