"""How often a project looks before it asks: every preview tells something, so they are counted and end at a budget.

The count is the checker's own log: what is not written there was not answered.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from outputcontrole.policy import Policy, agreed_policy
from outputcontrole.registration import Registration, today
from outputcontrole.spec import Request
from zoo_formaat.errors import UserError

ACTION = "toetsen"
SUBMITTING = "indienen"
OVER_BUDGET = "over budget"
FAILED = "mislukt"


@dataclass(frozen=True)
class Previews:
    """How many previews were answered: of one request, and of its whole project in total and today (UTC)."""

    request: int
    project: int
    today: int
    budget: int

    def record(self) -> dict[str, int]:
        """Return the numbers as JSON values."""
        return {"aanvraag": self.request, "project": self.project, "vandaag": self.today, "budget": self.budget}

    def in_words(self) -> str:
        """Return the numbers as an officer reads them."""
        return (
            f"vooraf getoetst: deze aanvraag {self.request} keer; het project {self.project} keer, waarvan vandaag "
            f"{self.today} (hooguit {self.budget} per dag)"
        )


def previews_of(registration: Registration, project: str, request: str, policy: Policy) -> Previews:
    """Count the previews in the log."""
    answered = [entry for entry in registration.logged(ACTION) if entry["resultaat"] != OVER_BUDGET]
    # a request that was refused at the door told as much as a preview
    answered += [entry for entry in registration.logged(SUBMITTING) if entry["resultaat"] == "geweigerd"]
    of_project = [entry for entry in answered if entry["details"].get("project") == project]
    return Previews(
        request=sum(entry["object"] == request for entry in answered),
        project=len(of_project),
        today=sum(entry["tijd"].startswith(today().isoformat()) for entry in of_project),
        budget=policy.previews_max,
    )


def over_budget(registration: Registration, request: Request) -> str | None:
    """Say in words that a project has no previews left today, and log that one was asked; None when it has."""
    policy = agreed_policy(registration.policy, registration.project(request.project))
    if previews_of(registration, request.project, request.id, policy).today < policy.previews_max:
        return None
    registration.log.append(request.auteur, ACTION, request.id, OVER_BUDGET, project=request.project)
    return (
        f"project '{request.project}' heeft vandaag al {policy.previews_max} keer laten toetsen, het meeste dat het "
        "beleid toestaat; morgen (UTC) kan het weer"
    )


@contextmanager
def failures_counted(registration: Registration, request: Request) -> Iterator[None]:
    """Log a preview of a request with recipes that ends in an error: what an error depends on, a recipe can choose."""
    try:
        yield
    except UserError:
        if request.recepten:
            registration.log.append(request.auteur, ACTION, request.id, FAILED, project=request.project)
        raise


def record_preview(registration: Registration, request: Request, verdict: str) -> str | None:
    """Log a preview before it is shown; says in words why it may not be shown when others took the last of the budget.

    Counting and logging are one step: runs beside each other cannot share the last preview.
    """
    with registration.lock(".slot-toetsen"):
        refusal = over_budget(registration, request)
        if refusal is None:
            registration.log.append(request.auteur, ACTION, request.id, verdict, project=request.project)
    return refusal
