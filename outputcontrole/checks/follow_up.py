"""Follow-up: what a table of durations tells of those in a step."""

from outputcontrole.checks.finding import Finding
from outputcontrole.policy import Policy

RULE = "verloop"
_AT_RISK = " of meer van wie nog onder risico is, heeft de gebeurtenis in deze stap"


def hazard(events: int, at_risk: int, policy: Policy) -> Finding | None:
    """Refuse a step in which `policy.group_share` or more of those at risk have the event.

    Whoever knows that somebody was still at risk then learns that the event happened, and when.
    Source: group disclosure (ESSnet SDC, 2010: no cell of 90 % or more of its total), taken to the total at risk.
    """
    if at_risk == 0 or events / at_risk < policy.group_share:
        return None
    return Finding(
        rule=RULE,
        sentence=f"{policy.group_share:.0%}".replace("%", " %") + _AT_RISK,
        remedy="neem een kortere stap, of laat de tijdklassen eerder eindigen",
    )


def mostly_events(events: int, leaving: int, policy: Policy) -> Finding | None:
    """Ask for judgement where `policy.group_share` or more of those who leave in a step do so by the event.

    Of a true duration that is how follow-up was arranged: before its end nobody drops out. Of any other number called a
    duration it tells that (nearly) everybody in a class of it has the characteristic that was called an event.
    Source: project choice; a share of 0 or 1 may be structural or a disclosure (ESSnet SDC, 2010, class disclosure).
    """
    if leaving == 0 or events / leaving < policy.group_share:
        return None
    return Finding(
        rule=RULE,
        sentence="in een stap raakt (bijna) niemand uit beeld dan door de gebeurtenis; dat zegt alleen niets over "
        "iedereen in die stap als 'duur' de tijd tot de gebeurtenis is en 'gebeurtenis' haar einde",
        remedy="voeg stappen samen tot ook anderen afvallen, of laat beide toetsers opschrijven waarom dit mag",
        judgement=True,
    )
