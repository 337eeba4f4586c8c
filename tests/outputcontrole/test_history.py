"""What was released before belongs to every question after it."""

from pathlib import Path

import pyarrow as pa
import pytest

from outputcontrole.airlock import requests
from outputcontrole.spec import Verdict
from pseudonimisering.deletion import without_rows
from tests.outputcontrole.test_protection import ODD, SOME, Published, some
from tests.outputcontrole.world import World, copy, counts, dwellings, hits, sums, uuid
from zoo_formaat.errors import UserError
from zoo_formaat.package import load_package

FIRST = counts(filter=[SOME])
SECOND = counts(filter=[SOME, ODD])


@pytest.fixture(scope="module")
def once(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    own = copy(world, tmp_path_factory.mktemp("eerder") / "w")
    return own, own.submit_and_release(FIRST).name


@pytest.fixture
def after_first(once: tuple[World, str], tmp_path: Path) -> World:
    """A world in which FIRST was released."""
    return copy(once[0], tmp_path / "later")


def test_a_later_request_that_differs_by_one_dwelling_gives_no_difference(after_first: World) -> None:
    before = after_first.assess(FIRST)
    after = after_first.assess(SECOND)
    both = Published()
    both.add(before, 0, some)
    if after.answers[0].files:
        both.add(after, 0, lambda row: some(row) and row["bouwjaar"] != 1888)
    assert both.small_groups() == 0
    assert after.answers[0].findings


def test_without_protection_such_a_request_is_refused(after_first: World) -> None:
    (answer,) = after_first.assess({**SECOND, "bescherming": "geen"}).answers
    assert answer.verdict is Verdict.REFUSED
    assert answer.files == {}


def test_a_later_sum_does_not_give_back_a_hidden_one(own_world: World) -> None:
    before = own_world.assess(sums(filter=[SOME]))
    own_world.submit_and_release(sums(filter=[SOME]))
    after = own_world.assess(sums(filter=[SOME, ODD]), sums("wijkcode", filter=[SOME, ODD]))
    together = Published()
    together.add(before, 0, some, "som_woz_waarde")
    for number, answer in enumerate(after.answers):
        if answer.files:
            together.add(after, number, lambda row: some(row) and row["bouwjaar"] != 1888, "som_woz_waarde")
    assert together.derivable() == []
    assert together.small_groups() == 0


def test_the_same_question_again_gives_the_same_numbers(own_world: World) -> None:
    first = own_world.assess(counts("buurtcode", "woningtype")).answers[0].files["tabel.csv"]
    own_world.submit_and_release(counts("buurtcode", "woningtype"))
    again = own_world.assess(counts("buurtcode", "woningtype"), vraag="Nog een keer dezelfde vraag").answers[0]
    assert again.files["tabel.csv"] == first


def test_another_delivery_of_a_released_source_is_refused(after_first: World) -> None:
    columns, rows = dwellings()["woningen"]
    after_first.sources["bag"] = {"woningen": (columns, rows[:-1])}
    after_first.deliver("bag")
    with pytest.raises(UserError, match="andere levering dan geregistreerd"):
        after_first.assess(SECOND)
    after_first.register()
    (answer,) = after_first.assess(SECOND).answers
    assert answer.verdict is Verdict.REFUSED
    assert answer.findings[0].rule == "historie"


def test_what_was_erased_from_a_released_source_is_no_second_number(after_first: World) -> None:
    """One dwelling is erased: a new number beside the old one would give that dwelling away."""
    folder = after_first.packages / "bag"
    package = load_package(folder, after_first.registration.zone1)
    erased = {"verblijfsobject": pa.array([uuid("woning", 3)], pa.binary(16))}
    done = without_rows(package, erased, after_first.key("zone1"))
    assert done is not None and done.rows == {"woningen": 1}
    with pytest.raises(UserError, match="andere levering dan geregistreerd"):
        after_first.assess(SECOND)
    after_first.register()
    for request in (FIRST, SECOND):
        (answer,) = after_first.assess(request).answers
        assert answer.verdict is Verdict.REFUSED and answer.findings[0].rule == "historie"
        assert answer.files == {}
    (released,) = (after_first.root / "vrijgave").iterdir()
    with pytest.raises(UserError, match="wordt niet vrijgegeven"):
        requests.release(after_first.registration, released.name, after_first.root / "elders", threads=2)


def test_another_project_on_a_released_source_is_refused(after_first: World) -> None:
    after_first.project(id="tweede")
    for source in after_first.sources:
        after_first.deliver(source, project="tweede")
    after_first.register()
    (answer,) = after_first.assess(FIRST, project="tweede").answers
    assert answer.verdict is Verdict.REFUSED
    assert answer.findings[0].rule == "historie"


def test_a_request_approved_before_another_was_released_is_judged_again(own_world: World) -> None:
    waiting = own_world.submit(SECOND)
    own_world.decide(waiting, "bo.toets", "cas.toets")
    own_world.submit_and_release(FIRST)
    with pytest.raises(UserError, match="gewijzigd sinds het indienen"):
        own_world.release(waiting)
    assert not (own_world.root / "vrijgave" / waiting).exists()


@pytest.mark.parametrize("edit", ["change", "remove", "empty", "rename", "forge"])
def test_a_changed_history_stops_everything(once: tuple[World, str], after_first: World, edit: str) -> None:
    import json

    from outputcontrole.history import PAYLOAD_TYPE
    from zoo_formaat.signature import Envelope, sign

    number = once[1]
    file = after_first.registration_path / "historie" / f"{number}.dsse.json"
    envelope = Envelope.from_bytes(file.read_bytes(), "historie")
    record = json.loads(envelope.content())
    record["tabellen"][0]["getoond"].pop()
    changed = json.dumps(record).encode()
    if edit == "change":
        import base64

        payload = base64.b64encode(changed).decode()
        file.write_bytes(envelope.model_copy(update={"payload": payload}).to_bytes())
    elif edit == "forge":
        file.write_bytes(sign(changed, PAYLOAD_TYPE, [after_first.key("an.alist")]).to_bytes())
    elif edit == "remove":
        file.unlink()
    elif edit == "empty":
        file.write_bytes(b"")
    else:
        file.rename(file.with_name("a-000000000000.dsse.json"))
    with pytest.raises(UserError) as caught:
        after_first.assess(SECOND)
    assert "\n" not in str(caught.value)


def test_a_refused_or_unreleased_request_leaves_no_history(own_world: World) -> None:
    own_world.submit(hits())
    assert list((own_world.registration_path / "historie").iterdir()) == []
