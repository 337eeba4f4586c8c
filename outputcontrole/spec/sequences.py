"""Sequences: the states that units are seen in one after another."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase, Protection
from outputcontrole.spec.classes import Edges, refuse_unordered
from outputcontrole.spec.selection import Selection
from outputcontrole.spec.source import IndicatorSource
from outputcontrole.spec.text import Column


class Sequenced(Selection, OutputBase):
    """What a sequence is made of: rows of a unit, in order."""

    tel: Column
    toestand: Column
    volgorde: Column
    herhalingen: Literal["tellen", "samenvoegen"] = "tellen"
    bescherming: Protection = "geen"

    @model_validator(mode="after")
    def _three_columns(self) -> "Sequenced":
        if len({self.tel, self.toestand, self.volgorde}) < 3:
            raise ValueError("'tel', 'toestand' en 'volgorde' zijn drie verschillende kolommen")
        if isinstance(self.bron, IndicatorSource):
            raise ValueError("een indicator heeft geen volgorde; noem de tabel waarin een eenheid meer rijen heeft")
        return self


class TransitionMatrix(Sequenced):
    """From which state to which next one: how many units went so at least once, and which share of the row.

    tel: the unit that is followed, counted once in every cell it is in. toestand: column with its state. volgorde:
    date or number that puts its rows in order; of two states at one moment the first is the first by name. herhalingen:
    `tellen` also counts staying (a state followed by itself), `samenvoegen` takes equal neighbours as one. filter: the
    rows that take part, before they are put in order. A unit can be in several cells, so a margin (units with any
    transition from, or to, a state) is no sum of cells, and the shares of a row add up to 100 % or more.
    """

    soort: Literal["overgangsmatrix"] = "overgangsmatrix"


SequencePart = Literal["lengte", "toestanden", "eerste", "laatste", "overgangen", "voorbeeld"]


class SequenceOverview(Sequenced):
    """What sequences look like together: how long, which states ever, first and last, and which transitions most.

    tel, toestand, volgorde, herhalingen, filter: as of a transition matrix. klassen: the ascending boundaries of the
    classes of length (the number of steps). onderdelen: what is asked; `voorbeeld` (a representative or typical
    sequence) is always refused: it is a person. hoogste: how many transitions are listed.
    """

    soort: Literal["volgordeoverzicht"] = "volgordeoverzicht"
    klassen: Edges
    onderdelen: list[SequencePart] = Field(
        default_factory=lambda: [part for part in get_args(SequencePart) if part != "voorbeeld"], min_length=1
    )
    hoogste: int = Field(default=10, ge=1, le=50)

    @model_validator(mode="after")
    def _consistent(self) -> "SequenceOverview":
        refuse_unordered(self.klassen)
        if len(set(self.onderdelen)) < len(self.onderdelen):
            raise ValueError("'onderdelen' noemt een onderdeel twee keer")
        return self
