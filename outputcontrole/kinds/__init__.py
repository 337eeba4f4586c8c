"""The kinds of output: one module each, found by its `soort`, loaded when one is asked.

A kind says on which tables of counts and sums an output rests (`tables`) and makes the answer from what may be shown of
them (`answer`). All tables of a request are judged and protected together, with all that is out already, before any
answer is made: so a kind cannot forget a rule of theirs, and what it adds is only what is its own. A kind whose numbers
are about all units of its tables at once sets `WHOLE`: then no cell of its tables may be unsafe; one that asks more of
a cell than every table does has `cell_rules(output)`.
"""

from importlib import import_module
from typing import Any, Protocol, cast

from outputcontrole.answer import Answer
from outputcontrole.asked import AskedTable
from outputcontrole.basis import Basis
from outputcontrole.checks import CellRule
from outputcontrole.spec import Output

_MODULES = {
    "tekst": "prose_text",
    "frequentietabel": "frequency_table",
    "magnitudetabel": "magnitude_table",
    "verhoudingstabel": "ratio_table",
    "concentratietabel": "concentration_table",
    "kwantieltabel": "quantile_table",
    "modustabel": "mode_table",
    "extremen": "extremes",
    "gemiddelde_van_uitersten": "mean_of_extremes",
    "histogram": "histogram",
    "dichtheid": "density_curve",
    "boxplot": "box_plot",
    "staafdiagram": "bar_chart",
    "lijndiagram": "line_chart",
    "spreidingsdiagram": "scatter_plot",
    "rasterdiagram": "grid_plot",
    "lorenzcurve": "lorenz_curve",
    "overlevingscurve": "survival_curve",
    "overgangsmatrix": "transition_matrix",
    "volgordeoverzicht": "sequence_overview",
    "kaart": "choropleth",
    "hotspotkaart": "hotspot_map",
    "referentiebeeld": "reference_image",
    "kleinegebiedsschatting": "small_area_estimate",
    "clusterprofiel": "cluster_profile",
    "beslisboom": "decision_tree",
    "bosbelang": "forest_importance",
    "regressie": "regression",
    "residuen": "residuals",
    "correlatie": "correlation",
    "toetsing": "statistical_test",
    "factoranalyse": "factor_analysis",
}


class Kind(Protocol):
    """What a module of a kind has; `Any` is the specification that the module is for."""

    WORDS: str
    """What the kind is called by those who read a release."""

    def tables(self, output: Any) -> tuple[AskedTable, ...]:
        """Return every table that the output rests on or publishes numbers of. Raises AnalysisError, UserError."""

    def answer(self, output: Any, basis: Basis) -> Answer:
        """Make the answer. AnalysisError and UserError become a refusal with their text as reason."""


def kind_of(output: Output) -> Kind:
    """Return the module of an output's kind."""
    return cast(Kind, import_module(f"{__name__}.{_MODULES[output.soort]}"))


def asked_tables(output: Output) -> tuple[AskedTable, ...]:
    """Return every table that an output rests on, in the order in which its answer uses them."""
    return kind_of(output).tables(output)


def needs_all_cells(output: Output) -> bool:
    """Whether the output is refused when any cell of its tables may not be shown."""
    return getattr(output, "bescherming", None) == "geen" or bool(getattr(kind_of(output), "WHOLE", False))


def cell_rules(output: Output) -> tuple[CellRule, ...]:
    """Return the rules that an output's kind adds for the cells of its tables."""
    rules = getattr(kind_of(output), "cell_rules", None)
    return () if rules is None else tuple(rules(output))


def called(output: Output) -> str:
    """Return what an output is called by those who read a release."""
    return kind_of(output).WORDS
