"""Which data a question is about: a table of a package, a registered indicator or a recipe, and a filter."""

from pydantic import Field

from outputcontrole.spec.filter import Condition, Conjunct, Filter, Scalar
from outputcontrole.spec.text import Column, Table
from zoo_formaat.document import Strict

__all__ = ["Condition", "Conjunct", "Filter", "IndicatorSource", "RecipeSource", "Scalar", "Source", "TableSource"]


class IndicatorSource(Strict):
    """The rows of an indicator's definition, with other parameters than its defaults where given."""

    indicator: Column
    parameters: dict[Column, Scalar] = Field(default_factory=dict)


class TableSource(Strict):
    """The rows of a table of a data package, named `bron.tabel`."""

    tabel: Table


class RecipeSource(Strict):
    """The rows that a recipe of the request makes.

    sha256: the digest of the recipe and of all recipes it reads, so that a question is about one method only.
    """

    recept: Column
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


Source = IndicatorSource | TableSource | RecipeSource
