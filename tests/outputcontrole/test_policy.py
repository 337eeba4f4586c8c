"""The output rules: their values, their limits, and that two people stand for them."""

import json
from pathlib import Path

import pytest

from outputcontrole.policy import DEFAULT, STRICTER_IS, Policy, agreed_policy, load_policy, parse_policy
from outputcontrole.previews import previews_of, record_preview
from tests.outputcontrole.world import World, hits
from zoo_formaat.document import parse_document
from zoo_formaat.errors import UserError
from zoo_formaat.project import ProjectFile, SignedProject, Stricter, sign_project

GENERAL = parse_policy(DEFAULT.encode(), "beleid")
PROJECT = """versie = 1
id = "proef"
naam = "Proef"
vraag = "Welke buurten wijken af?"
doel = "proef"
grondslag = "geen"
van = 1995-01-01
tot = 2016-12-31
einde = 2040-12-31
beleid = "europees-2015"
eenheden = ["adres"]
leden = []
[bronnen.bag]
woningen = ["woning"]
"""


def test_defaults_are_the_rules_of_thumb_of_the_guidelines() -> None:
    policy = parse_policy(DEFAULT.encode(), "beleid")
    assert (policy.n_min, policy.group_share, policy.dominance_n, policy.dominance_share) == (10, 0.90, 1, 0.50)
    assert (policy.df_min, policy.leaf_min, policy.zero) == (10, 10, "primair")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("n_min = 10", "n_min = 2"),
        ("n_min = 10", 'n_min = "10"'),
        ("group_share = 0.90", "group_share = 0.2"),
        ("group_share = 0.90", "group_share = nan"),
        ("dominance_share = 0.50", "dominance_share = 1.0"),
        ('zero = "primair"', 'zero = "soms"'),
        ("rate_decimals = 1", "rate_decimals = 6"),
        ("versie = 1", "versie = 2"),
        ("versie = 1", "versie = 1\ndrempel = 3"),
    ],
)
def test_a_policy_out_of_bounds_is_refused(before: str, after: str) -> None:
    text = DEFAULT.replace(before, after, 1)
    assert text != DEFAULT
    with pytest.raises(UserError, match="regel"):
        parse_policy(text.encode(), "beleid")


def test_a_policy_needs_two_trusted_people_and_may_not_be_changed_after_them(own_world: World) -> None:
    path = own_world.root / "beleid.toml"
    signers = own_world.registration.signers
    assert load_policy(path, signers).n_min == 10
    with pytest.raises(UserError, match="1 van 2"):
        load_policy(path, signers[:1])
    path.write_text(path.read_text().replace("n_min = 10", "n_min = 3"))
    with pytest.raises(UserError, match="gewijzigd na het ondertekenen"):
        load_policy(path, signers)


def test_the_policy_must_be_the_one_the_project_was_agreed_under(own_world: World) -> None:
    own_world.project(beleid="ander-beleid")
    for source in own_world.sources:
        own_world.deliver(source)
    own_world.register()
    with pytest.raises(UserError, match="onder beleid 'ander-beleid'"):
        own_world.assess(hits())


def test_registration_needs_two_different_people_and_leaves_nothing_when_refused(world: World, tmp_path: Path) -> None:
    from outputcontrole.registration import create_registration

    one = world.root / "personen" / "bestuur.pub.json"
    zone1 = [world.root / "personen" / "zone1.pub.json"]
    with pytest.raises(UserError, match="twee verschillende"):
        create_registration(tmp_path / "r", [one, one], zone1, world.root / "beleid.toml")
    strangers = [world.root / "personen" / f"{name}.pub.json" for name in ("bo.toets", "cas.toets")]
    with pytest.raises(UserError, match="0 van 2"):
        create_registration(tmp_path / "r", strangers, zone1, world.root / "beleid.toml")
    assert list(tmp_path.iterdir()) == []


# rules of a project's own

LOOSER = {
    "n_min": 9,
    "group_share": 0.95,
    "dominance_share": 0.6,
    "p_percent": 0.05,
    "spread_min": 0.005,
    "df_min": 2,
    "leaf_min": 3,
    "bereik_max": 11,
    "rate_decimals": 2,
    "previews_max": 201,
}
STRICTER = {
    "n_min": 25,
    "group_share": 0.8,
    "dominance_n": 2,
    "dominance_share": 0.4,
    "p_percent": 0.2,
    "spread_min": 0.05,
    "df_min": 12,
    "leaf_min": 12,
    "bereik_max": 4,
    "zero": "primair",
    "rate_decimals": 0,
    "previews_max": 20,
}


def agreed(rules: dict[str, object], policy: Policy = GENERAL) -> Policy:
    lines = [f"{name} = {json.dumps(value)}" for name, value in rules.items()]
    text = PROJECT.replace("[bronnen", "\n".join(["[strenger]", *lines]) + "\n[bronnen", 1)
    file = parse_document(text.encode(), ProjectFile, "project.toml")
    return agreed_policy(policy, SignedProject(file, "sha256:0", (), text))


def test_every_rule_of_the_policy_can_be_stricter_in_a_project() -> None:
    """A rule that is added to the policy must say which side is the strict one, and be open to projects."""
    rules = set(Policy.model_fields) - {"versie", "naam"}
    assert rules == set(Stricter.model_fields)
    assert rules - {"zero"} == set(STRICTER_IS)
    assert set(STRICTER) == rules


@pytest.mark.parametrize(("name", "value"), STRICTER.items())
def test_a_stricter_rule_holds_and_the_others_stay(name: str, value: object) -> None:
    policy = GENERAL.model_copy(update={"zero": "vrij"})
    own = agreed({name: value}, policy)
    assert own.model_dump(exclude={"naam"}) == {**policy.model_dump(exclude={"naam"}), name: value}
    assert own.digest != policy.digest
    assert own.naam == "europees-2015-strenger"


@pytest.mark.parametrize(("name", "value"), LOOSER.items())
def test_a_looser_rule_is_refused_at_its_line(name: str, value: object) -> None:
    policy = GENERAL.model_copy(update={"df_min": 4, "leaf_min": 5})
    with pytest.raises(UserError, match=rf"project.*proef.*regel 1[45]: veld 'strenger\.{name}': ruimer dan"):
        agreed({"n_min": 20, name: value} if name != "n_min" else {name: value}, policy)


def test_dominance_of_fewer_contributors_is_looser() -> None:
    with pytest.raises(UserError, match=r"strenger\.dominance_n"):
        agreed({"dominance_n": 1}, GENERAL.model_copy(update={"dominance_n": 2}))


def test_equal_rules_and_no_rules_are_the_policy_itself() -> None:
    assert agreed({}) == GENERAL
    assert agreed({"n_min": GENERAL.n_min, "zero": "primair"}) == GENERAL


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("drempel = 20", r"regel 14: onbekend veld 'strenger\.drempel'"),
        ('n_min = "20"', r"regel 14: veld 'strenger\.n_min' klopt niet: verwacht een geheel getal"),
        ('zero = "vrij"', r"regel 14: veld 'strenger\.zero' klopt niet"),
        ("group_share = 0.2", r"regel 14: veld 'strenger\.group_share' klopt niet: verwacht meer dan 0\.5"),
    ],
)
def test_what_is_no_rule_is_refused_at_its_line(line: str, says: str) -> None:
    text = PROJECT.replace("[bronnen", f"[strenger]\n{line}\n[bronnen", 1)
    with pytest.raises(UserError, match=says):
        parse_document(text.encode(), ProjectFile, "project.toml")


def stricter_world(world: World, rules: str) -> None:
    path = world.project()
    path.write_text(path.read_text().replace("[bronnen", f"[strenger]\n{rules}\n[bronnen", 1))
    path.with_name("project.toml.dsse.json").unlink()
    for person in ("bestuur", "jurist"):
        sign_project(path, world.key(person))
    for source in world.sources:
        world.deliver(source)
    world.register()


def test_a_stricter_project_hides_more_and_says_so_in_what_leaves(own_world: World) -> None:
    general = own_world.assess(hits(bescherming="onderdrukken"))
    request = own_world.request(hits())
    # the world that is copied may have been asked things before
    asked = previews_of(own_world.registration, "proef", request.id, general.policy).today
    stricter_world(own_world, f"n_min = 20\nrate_decimals = 0\npreviews_max = {asked + 3}")
    own = own_world.assess(hits(bescherming="onderdrukken"))
    (before,), (after,) = general.tables.values(), own.tables.values()
    assert set(after.shown.nonzero()[0]) < set(before.shown.nonzero()[0])
    assert after.evidence.cells["n"].to_numpy()[after.shown].min() >= 20
    assert own.policy.n_min == 20
    assert own.record()["beleid"] == own.policy.digest != general.policy.digest
    key = own_world.key("bestuur")
    assert own.binding(key).beleid == own.policy.digest
    assert "ten minste 20 verschillende" in own.payload["LEESMIJ.md"].decode()
    assert "europees-2015-strenger" in own.payload["LEESMIJ.md"].decode()

    printed = json.loads(own_world.run("beleid", "toon", "--project", "proef", "--json").stdout)
    assert printed == own.policy.model_dump()
    assert json.loads(own_world.run("beleid", "toon", "--json").stdout) == general.policy.model_dump()

    answered = [record_preview(own_world.registration, request, "vrij") for _ in range(4)]
    assert answered[:3] == [None, None, None]
    assert f"al {asked + 3} keer laten toetsen" in str(answered[3])


def test_a_looser_project_is_not_registered(own_world: World) -> None:
    before = own_world.registration.project("proef").digest
    with pytest.raises(UserError, match=r"regel \d+: veld 'strenger\.n_min': ruimer dan beleid 'europees-2015' \(10\)"):
        stricter_world(own_world, "n_min = 9")
    assert own_world.registration.project("proef").digest == before


def test_a_policy_made_stricter_after_the_project_asks_for_a_new_agreement(own_world: World) -> None:
    """The project's number is then the looser one: it is refused, and not silently replaced."""
    stricter_world(own_world, "n_min = 12")
    folder = own_world.registration_path / "beleid"
    path = own_world.policy(n_min=15, leaf_min=3, df_min=3)
    for name in ("beleid.toml", "beleid.toml.dsse.json"):
        (folder / name).write_bytes((path.parent / name).read_bytes())
    with pytest.raises(UserError, match=r"strenger\.n_min': ruimer dan beleid"):
        own_world.assess(hits())
