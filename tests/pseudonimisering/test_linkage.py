"""Linkage on name, date of birth and address: planted truth, calibration, determinism, and nothing that leaks."""

import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from pseudonimisering.contract import load_contract
from pseudonimisering.custody import Custody, create_custody
from pseudonimisering.linkage import Linked, candidates, link
from pseudonimisering.linkage.calibration import Shape, expected_false, marginals
from pseudonimisering.linkage.candidates import check_pairs, count_pairs
from pseudonimisering.linkage.link import Links, match
from pseudonimisering.linkage.persons import persons
from pseudonimisering.linkage.sides import IDENTIFIER, make_side, read_side
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package
from zoo_formaat.project import load_project, read_project, sign_project
from zoo_formaat.signature import PrivateKey
from zoo_stad.namenregister import write_registers

PROJECT = """
versie = 1
id = "koppelproef"
naam = "Proef"
vraag = "Wie zijn dezelfde?"
doel = "{doel}"
grondslag = "artikel 1"
van = 1995-01-01
tot = 2016-12-31
einde = 2999-12-31
beleid = "standaard"
eenheden = ["persoon"]
leden = []
[bronnen.{bron}]
koppelingen = ["links", "rechts", "gewicht", "kans"]
"""
Registers = Callable[[int, int, float], Path]


@pytest.fixture(scope="session")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Registers:
    made: dict[tuple[int, int, float], Path] = {}

    def make(people: int, seed: int, dirt: float) -> Path:
        if (people, seed, dirt) not in made:
            folder = tmp_path_factory.mktemp("namen") / "register"
            write_registers(folder, people, seed, dirt)
            made[people, seed, dirt] = folder
        return made[people, seed, dirt]

    return make


class Zone:
    """A custody, and a project that permits the link table."""

    def __init__(
        self, root: Path, purpose: str = "koppelonderzoek", source: str = "koppeling_inwoners_klanten"
    ) -> None:
        people = [PrivateKey.generate(name) for name in ("anna", "bram")]
        self.root = root
        self.custody: Custody = create_custody(root / "geheimen", [person.public for person in people])
        self.project_path = root / "project.toml"
        self.project_path.write_text(PROJECT.format(doel=purpose, bron=source))
        for person in people:
            sign_project(self.project_path, person)

    def link(self, folder: Path, name: str = "pakket", contracts: Path | None = None, **options: float) -> Linked:
        contracts = contracts or folder / "contracten"
        sides = [
            (load_contract(contracts / f"{source}.toml"), folder / "ruw" / f"{source}.csv")
            for source in ("inwoners", "klanten")
        ]
        project = load_project(self.project_path, self.custody.signers(), on=date(2026, 1, 1))
        return link(sides[0], sides[1], project, self.custody, self.root / name, date(2026, 1, 1), **options)


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path)


def matched(folder: Path, threads: int = 2) -> tuple[Links, np.ndarray, int]:
    """The links of two registers, which of the pairs are true, and how many true pairs there are."""
    frames, project = [], None
    text = folder / "project.toml"
    text.write_text(PROJECT.format(doel="koppelonderzoek", bron="koppeling_inwoners_klanten"))
    project = read_project(text)
    for source in ("inwoners", "klanten"):
        side = make_side(load_contract(folder / f"contracten/{source}.toml"), folder / f"ruw/{source}.csv")
        frames.append(read_side(side, project))
    shape = Shape(frames[0].height, frames[1].height, True, True)
    found = match(frames[0].drop(IDENTIFIER), frames[1].drop(IDENTIFIER), shape, threads)
    truth = pl.read_csv(folder / "truth/paren.csv", separator=";", infer_schema=False)
    pairs = pl.DataFrame(
        {
            "bsn": frames[0].get_column(IDENTIFIER).gather(found.left),
            "klantnummer": frames[1].get_column(IDENTIFIER).gather(found.right),
        }
    )
    known = truth.with_columns(waar=pl.lit(True))
    right = pairs.join(known, on=["bsn", "klantnummer"], how="left", maintain_order="left").get_column("waar")
    return found, right.fill_null(False).to_numpy(), truth.height


def test_planted_links_are_found_and_the_estimate_of_false_ones_holds(registers: Registers) -> None:
    """Over seeds and dirt: recall, precision, and expected false links within a factor 1.5, plus chance."""
    expected, false = dict.fromkeys((0.5, 0.7, 0.9), 0.0), dict.fromkeys((0.5, 0.7, 0.9), 0)
    splink_expected, splink_false = 0.0, 0
    for people, seed, dirt in ((6_000, 11, 1.0), (6_000, 12, 2.5), (6_000, 13, 2.5)):
        found, true, total = matched(registers(people, seed, dirt))
        for threshold in expected:
            accepted = found.probability >= threshold
            count, guess = expected_false(found.probability, threshold)
            assert count == accepted.sum()
            expected[threshold] += guess
            false[threshold] += int((~true[accepted]).sum())
        sure = found.probability >= 0.9
        assert true[sure].mean() >= 0.997
        assert true[sure].sum() / total >= 0.96
        assert abs(found.true_pairs / total - 1) < 0.02
        raw = found.splink >= 0.9
        splink_expected += float((1 - found.splink[raw]).sum())
        splink_false += int((~true[raw]).sum())
    for threshold, guess in expected.items():
        # so few are false that their number itself varies: two standard deviations of a Poisson count are allowed
        slack = 2 * np.sqrt(guess)
        assert guess / 1.5 - slack <= false[threshold] <= 1.5 * guess + slack, (threshold, expected, false)
    # what the correction is for: by itself the usual model expects far fewer false links than there are
    assert splink_false > 3 * splink_expected


def test_links_do_not_depend_on_row_order_threads_or_secret(registers: Registers, tmp_path: Path) -> None:
    folder = registers(1_000, 5, 1.0)
    other = tmp_path / "anders"
    (other / "ruw").mkdir(parents=True)
    for source in ("inwoners", "klanten"):
        head, *rows = (folder / f"ruw/{source}.csv").read_text().splitlines()
        (other / f"ruw/{source}.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    (other / "contracten").symlink_to(folder / "contracten")
    (other / "truth").symlink_to(folder / "truth")
    one, two = matched(folder), matched(other, threads=1)
    for name in ("left", "right", "weight", "probability"):
        assert (getattr(one[0], name) == getattr(two[0], name)).all()
    results = []
    for number, source in enumerate((folder, other)):
        (tmp_path / f"z{number}").mkdir()
        zone = Zone(tmp_path / f"z{number}")
        zone.link(source)
        results.append(pq.read_table(zone.root / "pakket/koppelingen.parquet"))
    first, second = (sorted(zip(t["gewicht"].to_pylist(), t["kans"].to_pylist(), strict=True)) for t in results)
    assert first == second
    assert set(results[0]["links"].to_pylist()).isdisjoint(results[1]["links"].to_pylist())


def test_package_opens_in_zone_2_and_joins_on_the_pseudonyms_of_both_sources(registers: Registers, zone: Zone) -> None:
    folder = registers(2_000, 5, 1.0)
    result = zone.link(folder, drempel := "pakket", threshold=0.8)
    assert drempel == result.path.name
    package = load_package(result.path, [zone.custody.public_key()])
    manifest = package.manifest
    assert manifest.bron == "koppeling_inwoners_klanten"
    assert manifest.doel == "koppelonderzoek"
    assert manifest.bewaren_tot == date(2026, 12, 31)  # the earlier of the two
    assert "Wet basisregistratie personen" in manifest.grondslag
    assert "Toestemming" in manifest.grondslag
    fields = {field.name: field for field in manifest.resources[0].table_schema.fields}
    assert (fields["links"].domein, fields["links"].eenheid) == ("persoon", "persoon")
    assert fields["rechts"].domein == "recordnummer:klanten.klanten"
    about = manifest.koppeling
    assert about is not None
    table = pq.read_table(package.table_path(manifest.resources[0]))
    assert about.koppelingen == table.num_rows == manifest.resources[0].rijen
    assert about.foutkans == pytest.approx((1 - table["kans"].to_numpy()).mean(), abs=1e-6)
    # rows are people: nobody has two links
    assert len(set(table["links"].to_pylist())) == len(set(table["rechts"].to_pylist())) == table.num_rows
    truth = pl.read_csv(folder / "truth/paren.csv", separator=";", infer_schema=False)
    secret = zone.custody.project_secret("koppelproef")
    left = secret.domain_key("persoon").pseudonyms(truth["bsn"]).to_pylist()
    right = secret.domain_key("recordnummer:klanten.klanten").pseudonyms(truth["klantnummer"]).to_pylist()
    true = set(zip(left, right, strict=True))
    found = {(a.bytes, b.bytes) for a, b in zip(table["links"].to_pylist(), table["rechts"].to_pylist(), strict=True)}
    assert len(found & true) / len(true) > 0.95
    assert len(found & true) / len(found) > 0.99


def test_no_name_number_or_date_is_left_behind(
    registers: Registers,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = registers(2_000, 5, 1.0)
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(scratch)
    caplog.set_level(logging.DEBUG)
    (tmp_path / "zone").mkdir()
    zone = Zone(tmp_path / "zone")
    zone.link(folder)
    assert list(scratch.iterdir()) == []
    persons_left = pl.read_csv(folder / "ruw/inwoners.csv", separator=";", infer_schema=False)
    persons_right = pl.read_csv(folder / "ruw/klanten.csv", separator=";", infer_schema=False)
    needles = {
        *persons_left["bsn"],
        *persons_left["geslachtsnaam"],
        *persons_left["geboortedatum"],
        *persons_right["klantnummer"],
        *persons_right["geboren"],
    }
    written = b"".join(file.read_bytes() for file in zone.root.rglob("*") if file.is_file())
    printed = capfd.readouterr()
    texts = written.decode("latin-1") + caplog.text + printed.out + printed.err
    assert len(needles) > 2_000
    assert [needle for needle in needles if needle and needle in texts] == []
    assert [needle for needle in persons_left["geslachtsnaam"].unique() if needle.upper() in texts] == []


def test_what_is_not_permitted_is_refused_and_leaves_nothing(registers: Registers, tmp_path: Path) -> None:
    folder = registers(2_000, 5, 1.0)
    cases = {
        "a": (Zone, {"purpose": "ondermijning-vastgoed"}, "niet allebei toe"),
        "b": (Zone, {"source": "iets_anders"}, "staat bron 'koppeling_inwoners_klanten' niet toe"),
    }
    for name, (make, options, text) in cases.items():
        (tmp_path / name).mkdir()
        zone = make(tmp_path / name, **options)
        with pytest.raises(UserError, match=text):
            zone.link(folder)
        assert not (zone.root / "pakket").exists()
    (tmp_path / "c").mkdir()
    zone = Zone(tmp_path / "c")
    for threshold in (0.49, 1.0):
        with pytest.raises(UserError, match="drempel"):
            zone.link(folder, threshold=threshold)
    contracts = tmp_path / "contracten"
    contracts.mkdir()
    for source in ("inwoners", "klanten"):
        (contracts / f"{source}.toml").write_text((folder / f"contracten/{source}.toml").read_text())
    text = (contracts / "klanten.toml").read_text()
    start, end = text.index("[tabellen.klanten.namen.naam]"), text.index("[tabellen.klanten.adressen.adres]")
    (contracts / "klanten.toml").write_text(text[:start] + text[end:])
    with pytest.raises(UserError, match=r"geen persoon onder 'namen'.*tabellen\.klanten\.namen\.naam"):
        zone.link(folder, contracts=contracts)
    with pytest.raises(UserError, match="meer dan de grens van 10"):
        zone.link(folder, most=10)
    assert sorted(path.name for path in zone.root.iterdir()) == ["geheimen", "project.toml", "project.toml.dsse.json"]


def frame(rows: list[tuple[str, str, str, str, str]]) -> pl.DataFrame:
    columns = [pl.Series(list(values), dtype=pl.String) for values in zip(*rows, strict=True)] or [
        pl.Series([], dtype=pl.String)
    ] * 5
    surname, given, birth, postcode, number = columns
    return persons(surname, given, birth, (postcode, number, None, None))


ANNA = ("Vlierdam", "Anna Maria", "19700203", "1234AB", "12")


def test_one_row_no_overlap_and_one_surname_for_all() -> None:
    one = frame([ANNA])
    assert match(one, one, Shape(1, 1, True, True)).probability.tolist() != []
    other = frame([("Kraaijhof", "Zeger", "19500101", "9999ZZ", "1")])
    nothing = match(one, other, Shape(1, 1, True, True))
    assert nothing.curve()[0]["koppelingen"] == 0
    rng = np.random.default_rng(3)
    days = rng.permutation(18_000)[:300]
    dates = [str(np.datetime64("1950-01-01") + int(day)).replace("-", "") for day in days]
    given = ["".join(rng.choice(list("abcdefghik"), 6)).capitalize() for _ in days]
    rows = [("Jansen", g, d, f"{1000 + i}AB", "1") for i, (g, d) in enumerate(zip(given, dates, strict=True))]
    same = frame(rows)
    found = match(same, same, Shape(300, 300, True, True))
    accepted = found.probability >= 0.9
    assert accepted.sum() == 300
    assert (found.left[accepted] == found.right[accepted]).all()
    # the same population under other people's addresses and birth dates: nothing to find
    strangers = frame(
        [("Jansen", g, d, f"{5000 + i}CD", "1") for i, (g, d) in enumerate(zip(given[::-1], dates, strict=True))]
    )
    assert match(same, strangers, Shape(300, 300, True, True)).curve()[4]["koppelingen"] <= 3


def test_marginals_equal_an_enumeration_of_all_matchings() -> None:
    """Exact on trees; on a square (two twins on both sides) within a few per cent."""
    rng = np.random.default_rng(1)
    tree = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 1, 2])
    square = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    for (left, right), tolerance in ((tree, 1e-6), (square, 0.06)):
        for _ in range(20):
            logit = rng.normal(0, 1.5, len(left))
            weights, totals = 0.0, np.zeros(len(left))
            for chosen in itertools.product([0, 1], repeat=len(left)):
                used = [k for k, yes in enumerate(chosen) if yes]
                if len(set(left[used])) < len(used) or len(set(right[used])) < len(used):
                    continue
                weight = float(np.exp(logit[used].sum()))
                weights += weight
                totals[used] += weight
            found, _ = marginals(left, right, logit, Shape(3, 3, True, True))
            assert np.abs(found - totals / weights).max() < tolerance
            assert max(np.bincount(left, weights=found)) < 1
            free, _ = marginals(left, right, logit, Shape(3, 3, False, False))
            assert free == pytest.approx(1 / (1 + np.exp(-logit)))


def test_too_little_memory_stops_with_what_to_do(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MEMORY", "3MB")
    with pytest.raises(UserError, match=r"te weinig geheugen.*koppel in delen"):
        matched(registers(2_000, 5, 1.0))


def test_spellings_of_one_person_meet() -> None:
    rows = [
        ("Ölçer-van der Berg", "Renée", "1970-02-03", "1234 ab", "12"),
        ("Berg, van der", "R.", "03-02-1970", "1234AB", "12 A"),
        ("'t Hooft", "J.P.", "19700000", "", ""),
        ("De", "", "19701399", "1234AB", ""),
    ]
    made = frame(rows)
    assert made["delen"].to_list() == [["OLCER", "BERG"], ["BERG"], ["HOOFT"], ["DE"]]
    assert made["voornaam"].to_list() == ["RENEE", None, None, None]
    assert made["voorletters"].to_list() == ["R", "R", "JP", None]
    assert made["geboren"].to_list() == ["19700203", "19700203", None, None]
    assert made["jaar"].to_list() == [1970, 1970, 1970, 1970]
    assert made["adresnummer"].to_list() == ["1234AB|12", "1234AB|12", None, None]
    assert made["klank"][0] == made["klank"][1]


def test_pairs_are_counted_as_brute_force_does() -> None:
    left = frame([ANNA, ANNA, ("Kraaij", "Bo", "19800101", "1234AB", "12")])
    right = frame([ANNA, ("Vlierdam", "A.", "19700302", "", "")])
    counts = count_pairs(left, right)
    assert counts["geboortedatum en voorletter"] == 4  # a swapped day and month block together
    assert counts["adres"] == 3
    assert counts["geslachtsnaam en voornaam"] == 2
    check_pairs(counts, sum(counts.values()))
    with pytest.raises(UserError, match="de regel"):
        check_pairs(counts, sum(counts.values()) - 1)


def test_command_prints_the_estimate(registers: Registers, zone: Zone) -> None:
    folder = registers(2_000, 5, 1.0)
    command = [Path(sys.executable).parent / "pseudonimisering", "koppel"]
    for source in ("inwoners", "klanten"):
        command += [folder / f"contracten/{source}.toml", folder / f"ruw/{source}.csv"]
    command += ["--project", zone.project_path, "--geheimen", zone.root / "geheimen"]
    command += ["--uit", zone.root / "pakket", "--drempel", "0.95", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=zone.root, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["drempel"] == 0.95
    assert 0 <= answer["foutkans"] < 0.01
    assert [row["drempel"] for row in answer["kromme"]] == [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
