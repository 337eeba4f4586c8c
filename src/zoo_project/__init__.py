"""Zone 2, what the analyst holds: open a project, find data, query, ask.

    from zoo_project import open_project

    project = open_project()
    project.catalog()
    project.sql("SELECT woningtype, count(*) AS n FROM bag.woningen GROUP BY woningtype")
    project.rates("doorsluishuis", level="wijk")

Everything shown here stays inside the workspace. What should leave is asked for with `zoo_project.aanvraag`, and
computed by the checker from the registered packages, not from numbers that were made here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo_project.project import Project, open_project

__all__ = ["Project", "open_project"]


def __getattr__(name: str) -> Any:
    """Load the engine when it is first asked for: `zoo sleutel` and `zoo project` start without it."""
    if name in __all__:
        from zoo_project import project

        return getattr(project, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
