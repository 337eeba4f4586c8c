"""The output rules: their values, their limits, and that two people stand for them."""

from pathlib import Path

import pytest

from outputcontrole.policy import DEFAULT, load_policy, parse_policy
from tests.outputcontrole.world import World
from zoo_formaat.errors import UserError


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
    from tests.outputcontrole.world import hits

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
