"""From request to bundle: who may, what stops it, and that every change by hand is found."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from outputcontrole.airlock import requests
from outputcontrole.airlock.decision import sign_decision
from outputcontrole.bundle.verify import verify_bundle
from tests.outputcontrole.conftest import SMALL
from tests.outputcontrole.world import WHY, World, build, copy, hits
from zoo_formaat.errors import UserError
from zoo_formaat.eventlog import verify as verify_log
from zoo_formaat.signature import Envelope, PrivateKey

RELEASED = hits()


@pytest.fixture(scope="module")
def released(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    own = copy(world, tmp_path_factory.mktemp("vrij") / "w")
    bundle = own.submit_and_release(RELEASED)
    assert own.public_keys.is_dir()
    return own, bundle


@pytest.fixture(scope="module")
def submitted(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    own = copy(world, tmp_path_factory.mktemp("wacht") / "w")
    return own, own.submit(RELEASED)


@pytest.fixture
def waiting(submitted: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    own, number = submitted
    return copy(own, tmp_path / "wachtend"), number


def test_two_officers_make_a_bundle_that_anybody_can_verify(released: tuple[World, Path]) -> None:
    own, bundle = released
    found = verify_bundle(bundle, own.public_keys)
    assert found.officers == ("bo.toets", "cas.toets")
    assert found.statement.synthetisch
    assert not found.statement.demo
    assert verify_log(own.registration_path / "logboek.jsonl") > 3
    assert own.registration.logged("vrijgeven", bundle.name)[-1]["resultaat"] == "gelukt"


def test_a_release_is_never_written_twice(released: tuple[World, Path]) -> None:
    own, bundle = released
    before = {p: p.read_bytes() for p in bundle.rglob("*") if p.is_file()}
    with pytest.raises(UserError, match="nooit overschreven"):
        own.release(bundle.name)
    assert {p: p.read_bytes() for p in bundle.rglob("*") if p.is_file()} == before


def test_nobody_decides_on_what_is_out(released: tuple[World, Path], tmp_path: Path) -> None:
    own = copy(released[0], tmp_path / "w")
    number = released[1].name
    decisions = sorted((own.registration_path / "aanvragen" / number / "oordelen").iterdir())
    before = [path.read_bytes() for path in decisions]
    with pytest.raises(UserError, match="al vrijgegeven"):
        own.decide(number, "bo.toets", verdict="afwijzen")
    assert [path.read_bytes() for path in decisions] == before


@pytest.mark.parametrize(
    ("officer", "reason"),
    [
        ("an.alist", "geen toetser"),
        ("eva.beheer", "geen toetser"),
        ("bestuur", "geen toetser"),
        ("dirk.collega", "zelfde team"),
    ],
)
def test_who_may_not_decide(waiting: tuple[World, str], officer: str, reason: str) -> None:
    own, number = waiting
    with pytest.raises(UserError, match=reason):
        own.decide(number, officer)


def test_somebody_with_an_officers_name_and_another_key_may_not_decide(waiting: tuple[World, str]) -> None:
    own, number = waiting
    with pytest.raises(UserError, match="niet die waarmee"):
        requests.decide(own.registration, number, "akkoord", WHY, PrivateKey.generate("bo.toets"))


def test_one_officer_twice_is_one(waiting: tuple[World, str]) -> None:
    own, number = waiting
    own.decide(number, "bo.toets", "bo.toets")
    with pytest.raises(UserError, match="1 van 2"):
        own.release(number)


def test_a_third_officer_may_agree_and_stops_it_by_objecting(waiting: tuple[World, str]) -> None:
    own, number = waiting
    own.decide(number, "bo.toets", "cas.toets")
    own.decide(number, "flo.toets", verdict="afwijzen")
    with pytest.raises(UserError, match=r"'flo\.toets' heeft afgewezen"):
        own.release(number)
    own.decide(number, "flo.toets")
    assert verify_bundle(own.release(number), own.public_keys).officers == ("bo.toets", "cas.toets", "flo.toets")


def test_taking_an_objection_away_does_not_help(waiting: tuple[World, str]) -> None:
    own, number = waiting
    own.decide(number, "bo.toets", "cas.toets")
    own.decide(number, "flo.toets", verdict="afwijzen")
    (own.registration_path / "aanvragen" / number / "oordelen" / "flo.toets.dsse.json").unlink()
    with pytest.raises(UserError, match=r"niet het laatste oordeel van 'flo\.toets'"):
        own.release(number)


def test_a_reason_is_needed(waiting: tuple[World, str]) -> None:
    own, number = waiting
    with pytest.raises(UserError, match="--motivering"):
        requests.decide(own.registration, number, "akkoord", "ja", own.key("bo.toets"))


def test_only_the_author_may_submit_and_only_once(own_world: World) -> None:
    request = own_world.request(RELEASED)
    for person in ("bo.toets", "bestuur"):
        with pytest.raises(UserError, match="niet ondertekend door de auteur"):
            requests.take_in(own_world.registration, request.signed(own_world.key(person)).to_bytes(), "x")
    officer = own_world.request(RELEASED, auteur="bo.toets").signed(own_world.key("bo.toets"))
    with pytest.raises(UserError, match="geen analist"):
        requests.take_in(own_world.registration, officer.to_bytes(), "x")
    own_world.submit(RELEASED)
    with pytest.raises(UserError, match="al ingediend"):
        own_world.submit(RELEASED)


def test_a_refused_request_is_not_taken_in(own_world: World) -> None:
    with pytest.raises(UserError, match="geweigerd"):
        own_world.submit(hits(bron={"indicator": "doorverkoop_zelfde_dag", "parameters": {"minimum": 20}}))
    assert list((own_world.registration_path / "aanvragen").iterdir()) == []


def test_members_and_projects_end(own_world: World) -> None:
    number = own_world.submit(RELEASED)

    def rewrite(**changes: str) -> None:
        own_world.project(**changes)
        for source in own_world.sources:
            own_world.deliver(source)

    rewrite(**{"tot_bo.toets": "2020-01-01"})
    own_world.register()
    with pytest.raises(UserError, match=r"aanstelling van 'bo\.toets' is geëindigd"):
        own_world.decide(number, "bo.toets")
    rewrite(**{"tot_an.alist": "2020-01-01"})
    own_world.register()
    with pytest.raises(UserError, match=r"lidmaatschap van 'an\.alist' is geëindigd"):
        own_world.submit(hits(titel="Andere titel"))
    rewrite(einde="2020-01-01")
    with pytest.raises(UserError, match="geëindigd op 2020-01-01"):
        own_world.register()


def test_a_package_past_its_retention_is_not_opened(own_world: World) -> None:
    own_world.deliver("bag", until="2020-01-01")
    with pytest.raises(UserError, match="bewaartermijn is verstreken"):
        own_world.register()


def test_a_package_without_zone_1_is_not_opened(own_world: World) -> None:
    folder = own_world.deliver("bag", key=PrivateKey.generate("zone1"))
    with pytest.raises(UserError, match="niet ondertekend door een zone 1"):
        own_world.register()
    (folder / "datapackage.dsse.json").unlink()
    with pytest.raises(UserError, match="geen handtekening van zone 1"):
        own_world.assess(RELEASED)


@pytest.fixture(scope="module")
def demo_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    demo = ["an.alist", "bo.toets", "cas.toets"]
    return build(tmp_path_factory.mktemp("demo") / "w", demo=demo, **SMALL)


def test_demo_keys_release_synthetic_data_and_say_so(demo_world: World, tmp_path: Path) -> None:
    own = copy(demo_world, tmp_path / "w")
    assert verify_bundle(own.submit_and_release(RELEASED), own.public_keys).statement.demo


def test_demo_keys_do_not_release_real_data(demo_world: World, tmp_path: Path) -> None:
    own = copy(demo_world, tmp_path / "w")
    own.deliver("kadaster", synthetic=False)
    own.register()
    number = own.submit(RELEASED)
    own.decide(number, "bo.toets", "cas.toets")
    with pytest.raises(UserError, match="demosleutels"):
        own.release(number)
    assert not (own.root / "vrijgave" / number).exists()
    assert list((own.registration_path / "historie").iterdir()) == []


def new_policy(own: World, number: str) -> None:
    own.policy(**{**SMALL, "n_min": 11})
    for name in ("beleid.toml", "beleid.toml.dsse.json"):
        shutil.copy(own.root / name, own.registration_path / "beleid" / name)


def new_package(own: World, number: str) -> None:
    from tests.outputcontrole.world import sales

    own.sources["kadaster"] = sales(seed=9)
    own.deliver("kadaster")
    own.register()


def edited_policy(own: World, number: str) -> None:
    path = own.registration_path / "beleid" / "beleid.toml"
    path.write_text(path.read_text().replace("n_min = 10", "n_min = 3"))


def edited_project(own: World, number: str) -> None:
    path = own.registration_path / "projecten" / "proef" / "project.toml"
    path.write_text(path.read_text().replace('team = "controle"', 'team = "anders"'))


def edited_package(own: World, number: str) -> None:
    path = own.packages / "kadaster" / "transacties.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edited_manifest(own: World, number: str) -> None:
    path = own.packages / "kadaster" / "datapackage.json"
    path.write_bytes(path.read_bytes().replace(b'"zoo:eenheid":"adres"', b'"zoo:eenheid":null   '))


def extra_file(own: World, number: str) -> None:
    (own.packages / "kadaster" / "meer.parquet").write_bytes(b"x")


def edited_request(own: World, number: str) -> None:
    path = own.registration_path / "aanvragen" / number / "aanvraag.dsse.json"
    envelope = Envelope.from_bytes(path.read_bytes(), "x")
    changed = envelope.content().replace(b"buurtcode", b"wijkcode")
    path.write_bytes(envelope.model_copy(update={"payload": base64.b64encode(changed).decode()}).to_bytes())


def edited_binding(own: World, number: str) -> None:
    path = own.registration_path / "aanvragen" / number / "binding.json"
    binding = json.loads(path.read_bytes())
    binding["beleid"] = "sha256:" + "0" * 64
    path.write_text(json.dumps(binding))


def removed_binding(own: World, number: str) -> None:
    (own.registration_path / "aanvragen" / number / "binding.json").unlink()


def edited_decision(own: World, number: str) -> None:
    path = own.registration_path / "aanvragen" / number / "oordelen" / "bo.toets.dsse.json"
    envelope = Envelope.from_bytes(path.read_bytes(), "x")
    changed = envelope.content().replace(b"gezien", b"GEZIEN")
    path.write_bytes(envelope.model_copy(update={"payload": base64.b64encode(changed).decode()}).to_bytes())


def self_made_decision(own: World, number: str) -> None:
    """The analyst signs as the officer, with the analyst's key."""
    stored = requests.stored_request(own.registration, number)
    key = PrivateKey.generate("flo.toets")
    envelope = sign_decision(number, stored.binding, "akkoord", WHY, key)
    (stored.folder / "oordelen" / "flo.toets.dsse.json").write_bytes(envelope.to_bytes())


def copied_decision(own: World, number: str) -> None:
    folder = own.registration_path / "aanvragen" / number / "oordelen"
    shutil.copy(folder / "bo.toets.dsse.json", folder / "flo.toets.dsse.json")


def decision_on_something_else(own: World, number: str) -> None:
    other = own.submit(hits(titel="Andere titel"))
    own.decide(other, "bo.toets")
    folder = own.registration_path / "aanvragen"
    shutil.copy(folder / other / "oordelen/bo.toets.dsse.json", folder / number / "oordelen/bo.toets.dsse.json")


def edited_log(own: World, number: str) -> None:
    path = own.registration_path / "logboek.jsonl"
    path.write_bytes(path.read_bytes().replace(b"indienen", b"INDIENEN", 1))


@pytest.mark.parametrize(
    "edit",
    [
        new_policy,
        new_package,
        edited_policy,
        edited_project,
        edited_package,
        edited_manifest,
        extra_file,
        edited_request,
        edited_binding,
        removed_binding,
        edited_decision,
        self_made_decision,
        copied_decision,
        decision_on_something_else,
        edited_log,
    ],
)
def test_what_changed_after_the_approvals_is_not_released(
    waiting: tuple[World, str], edit: Callable[[World, str], None]
) -> None:
    own, number = waiting
    own.decide(number, "bo.toets", "cas.toets")
    edit(own, number)
    with pytest.raises(UserError) as caught:
        own.release(number)
    assert "\n" not in str(caught.value)
    assert not (own.root / "vrijgave" / number).exists()
    assert list((own.registration_path / "historie").iterdir()) == []


@pytest.mark.parametrize(
    "file", ["voorbeeld/uitvoer-0/tabel.csv", "voorbeeld/LEESMIJ.md", "toetsing.json", "voorbeeld/nieuw.csv"]
)
def test_an_officer_does_not_judge_a_changed_preview(waiting: tuple[World, str], file: str) -> None:
    own, number = waiting
    path = own.registration_path / "aanvragen" / number / file
    path.write_bytes(path.read_bytes().replace(b"1", b"2") if path.exists() else b"meer")
    with pytest.raises(UserError, match="gewijzigd na het indienen"):
        own.decide(number, "bo.toets")


def test_every_byte_of_a_bundle_counts(released: tuple[World, Path], tmp_path: Path) -> None:
    """Change, remove and add each file in turn; one change at a time, all are found."""
    own, bundle = released
    names = sorted(str(p.relative_to(bundle)) for p in bundle.rglob("*") if p.is_file())
    assert len(names) > 10
    for number, name in enumerate(names):
        for change in ("flip", "cut", "remove", "add"):
            copied = tmp_path / f"{number}-{change}"
            shutil.copytree(bundle, copied)
            file = copied / name
            content = bytearray(file.read_bytes())
            if change == "flip":
                content[len(content) // 2] ^= 1
                file.write_bytes(content)
            elif change == "cut":
                file.write_bytes(content[:-1])
            elif change == "remove":
                file.unlink()
            else:
                file.with_name(file.name + ".extra").write_bytes(b"x")
            with pytest.raises(UserError) as caught:
                verify_bundle(copied, own.public_keys)
            assert "\n" not in str(caught.value), (name, change)


def remade(bundle: Path) -> None:
    """Write both manifests anew, as a careful forger would."""
    from outputcontrole.bundle.layout import MANIFEST, TAG_MANIFEST, payload_files, sha512_lines, tag_files

    (bundle / MANIFEST).write_bytes(sha512_lines(bundle, payload_files(bundle)))
    (bundle / TAG_MANIFEST).write_bytes(sha512_lines(bundle, tag_files(bundle)))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("data/uitvoer-0/tabel.csv", b"Totaal", b"totaal"),
        ("data/LEESMIJ.md", b"team", b"TEAM"),
        ("project.toml", b'team = "onderzoek"', b'team = "anders"'),
        ("project.toml", b"# ", b"#  "),
        ("project.toml", b"2040", b"2041"),
    ],
)
def test_a_careful_forger_is_found_too(
    released: tuple[World, Path], tmp_path: Path, name: str, before: bytes, after: bytes
) -> None:
    own, bundle = released
    copied = tmp_path / "b"
    shutil.copytree(bundle, copied)
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content.replace(before, after) if before in content else content + b"\n")
    remade(copied)
    with pytest.raises(UserError):
        verify_bundle(copied, own.public_keys)


def test_a_statement_of_another_checker_is_no_statement(released: tuple[World, Path], tmp_path: Path) -> None:
    from outputcontrole.bundle.layout import PAYLOAD_TYPE, STATEMENT
    from zoo_formaat.signature import sign

    own, bundle = released
    copied = tmp_path / "b"
    shutil.copytree(bundle, copied)
    content = Envelope.from_bytes((copied / STATEMENT).read_bytes(), "x").content()
    (copied / STATEMENT).write_bytes(sign(content, PAYLOAD_TYPE, [PrivateKey.generate("zone3")]).to_bytes())
    remade(copied)
    with pytest.raises(UserError, match="niet ondertekend door de uitvoercontrole"):
        verify_bundle(copied, own.public_keys)


def test_swapped_decisions_are_found(released: tuple[World, Path], tmp_path: Path) -> None:
    own, bundle = released
    copied = tmp_path / "b"
    shutil.copytree(bundle, copied)
    shutil.copy(copied / "oordelen/bo.toets.dsse.json", copied / "oordelen/cas.toets.dsse.json")
    remade(copied)
    with pytest.raises(UserError, match=r"oordeel van 'cas\.toets' klopt niet"):
        verify_bundle(copied, own.public_keys)


def test_an_earlier_package_put_back_is_not_registered(own_world: World) -> None:
    folder = own_world.packages / "bag"
    earlier = own_world.root / "eerder"
    shutil.copytree(folder, earlier)
    columns, rows = own_world.sources["bag"]["woningen"]
    own_world.sources["bag"]["woningen"] = (columns, rows[1:])
    own_world.deliver("bag")
    own_world.register()
    own_world.register()  # the same once more is no replay
    shutil.rmtree(folder)
    shutil.copytree(earlier, folder)
    with pytest.raises(UserError, match="eerdere levering"):
        own_world.register()
    # what was registered stands, and the package that was put back does not pass for it
    with pytest.raises(UserError, match="andere levering"):
        own_world.registration.packages("proef")
