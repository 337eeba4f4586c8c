"""Survival: how long it takes until something happens to a unit, with units of which that was not seen yet."""

from typing import Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.classes import Edge, refuse_unordered
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.source import IndicatorSource
from outputcontrole.spec.text import Column


class SurvivalCurve(Selection, OutputBase):
    """Hazard and survival table on declared steps of time, and the curve of it, for everybody and per group.

    duur: column with the time from begin to event, or to when the unit was last seen; a number from 0. gebeurtenis:
    column that says whether the event was seen (1 or true) or the unit only dropped out of sight (0 or false).
    tijdklassen: the ascending ends of the steps; the first begins at 0, a step holds its beginning and not its end,
    and who is left at the last end is one group. groep: a characteristic with a curve for each of its labels. schatter:
    `kaplan_meier`, or `sterftetafel` (actuarial: who drops out counts for half the step). One row per unit.
    """

    soort: Literal["overlevingscurve"] = "overlevingscurve"
    duur: Column
    gebeurtenis: Column
    tijdklassen: list[Edge] = Field(min_length=2, max_length=60)
    groep: Column | None = None
    tel: Column
    schatter: Literal["kaplan_meier", "sterftetafel"] = "kaplan_meier"
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _consistent(self) -> "SurvivalCurve":
        refuse_unordered(self.tijdklassen)
        if self.tijdklassen[0] <= 0:
            raise ValueError("'tijdklassen' begint boven 0: de eerste stap loopt van 0 tot de eerste grens")
        if len({self.duur, self.gebeurtenis, self.groep, self.tel}) < 4:
            raise ValueError("'duur', 'gebeurtenis', 'groep' en 'tel' zijn verschillende kolommen")
        if isinstance(self.bron, IndicatorSource):
            raise ValueError("een indicator heeft geen duur; noem de tabel met een rij per eenheid")
        return self
