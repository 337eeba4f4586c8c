"""When something may be released: all combinations of who, when and what, against the rules in words."""

import base64
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outputcontrole.airlock.decision import Binding, Decision
from outputcontrole.airlock.preconditions import Situation, against_release, may_author, may_decide
from outputcontrole.spec import Verdict
from zoo_formaat.project import Member, ProjectFile

TODAY = date(2026, 6, 1)
IDS = ("a", "b", "c", "d")
BINDING = Binding(aanvraag="x", uitvoer={}, verslag="x", beleid="x", project="x", pakketten={})

members = st.tuples(
    st.sampled_from(["analist", "toetser", "beheerder", "auditor"]),
    st.sampled_from(["rood", "Rood ", "blauw"]),
    st.integers(-1, 1),
    st.booleans(),
)
decisions = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(["akkoord", "akkoord", "afwijzen"]), st.booleans()), max_size=4
)


def project_of(people: dict[str, Any]) -> ProjectFile:
    leden = [
        Member(
            id=name,
            naam=name,
            rol=role,
            team=team,
            tot=TODAY + timedelta(days=days),
            sleutel=base64.b64encode(name.encode() * 32).decode(),
            demo=demo,
        )
        for name, (role, team, days, demo) in people.items()
    ]
    return ProjectFile(
        versie=1,
        id="proef",
        naam="x",
        vraag="x",
        doel="doel",
        grondslag="x",
        van=TODAY,
        tot=TODAY,
        einde=TODAY,
        beleid="beleid",
        eenheden=["persoon"],
        bronnen={},
        leden=leden,
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    people=st.fixed_dictionaries(dict.fromkeys(IDS, members)),
    made=decisions,
    verdicts=st.lists(st.sampled_from(list(Verdict)), max_size=2),
    synthetic=st.booleans(),
    demo=st.booleans(),
)
def test_release_needs_two_fitting_officers_and_no_objection(
    people: dict[str, Any],
    made: list[tuple[str, Any, bool]],
    verdicts: list[Verdict],
    synthetic: bool,
    demo: bool,
) -> None:
    project = project_of(people)
    signed = []
    for name, verdict, fresh in made:
        member = project.member(name)
        assert member is not None
        decision = Decision(
            versie=1,
            aanvraag="a-1",
            binding=BINDING.digest if fresh else "sha256:oud",
            toetser=name,
            oordeel=verdict,
            motivering="om deze reden",
            tijd="2026-06-01T00:00:00+00:00",
        )
        signed.append((decision, member.key))
    reasons = against_release(
        Situation(project, "a", BINDING, verdicts, signed, synthetic=synthetic, demo=demo, on=TODAY)
    )

    team = people["a"][1].strip().lower()

    def fits(name: str) -> bool:
        role, own, days, _ = people[name]
        return name != "a" and role == "toetser" and own.strip().lower() != team and days >= 0

    approving = {name for name, verdict, fresh in made if verdict == "akkoord" and fresh and fits(name)}
    expected = (
        len(approving) >= 2
        and all(fits(name) and verdict == "akkoord" and fresh for name, verdict, fresh in made)
        and bool(verdicts)
        and Verdict.REFUSED not in verdicts
        and (synthetic or not (demo or any(people[name][3] for name in approving)))
    )
    assert (reasons == []) == expected
    assert all(reason and "\n" not in reason for reason in reasons)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(people=st.fixed_dictionaries(dict.fromkeys(IDS, members)), who=st.sampled_from([*IDS, "vreemd"]))
def test_only_an_analyst_in_time_may_ask(people: dict[str, Any], who: str) -> None:
    allowed = who in people and people[who][0] == "analist" and people[who][2] >= 0
    assert (may_author(who, project_of(people), TODAY) is None) == allowed


def test_nobody_decides_for_a_stranger() -> None:
    project = project_of({"b": ("toetser", "rood", 1, False)})
    assert may_decide("b", "vreemd", project, TODAY) is not None
    assert may_decide("vreemd", "b", project, TODAY) is not None
