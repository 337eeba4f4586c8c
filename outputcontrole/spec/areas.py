"""Outputs about areas, made from features of areas: maps, hotspots, reference images, estimates, profiles, trees."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase
from outputcontrole.spec.feature import AreaLevel, Density, Feature, OpenFigure, Share


class Choropleth(OutputBase):
    """A map of areas coloured by one feature in declared classes, and its numbers beside it.

    klassen: the upper bounds between classes, ascending; declared, because breaks taken from the data would tell
    extremes.
    """

    soort: Literal["kaart"] = "kaart"
    kenmerk: Feature
    gebied: AreaLevel = "buurt"
    klassen: list[float] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _ascending(self) -> "Choropleth":
        _refuse_unless_ascending(self.klassen)
        return self


class HotspotMap(OutputBase):
    """Areas that stand out, with the areas around them, more than chance would have it: a map and a table of classes.

    Gi* of Getis and Ord on the published values, tested against random placements (two-sided), at a false-discovery
    rate for all areas together. Only the class leaves: significantly high, significantly low, not, without neighbours,
    hidden. Neighbours are areas whose registered boundaries touch. A hidden area gets no class, and takes part in those
    of its neighbours with what the shown margins leave.

    schaal: `begrensd` brings the lowest and the highest twentieth of the shown values to where they begin (winsorised),
    so that one enormous value (a density where hardly anybody lives) does not decide; `waarde` takes them as they are.
    fdr: at most this share of the areas pointed at is expected to be chance. toeval: seed of the random placements.
    """

    soort: Literal["hotspotkaart"] = "hotspotkaart"
    kenmerk: Feature
    gebied: AreaLevel = "buurt"
    schaal: Literal["begrensd", "waarde"] = "begrensd"
    fdr: float = Field(default=0.05, ge=0.01, le=0.2)
    toeval: int = Field(default=1, ge=0, le=2**31 - 1)


class ReferenceImage(OutputBase):
    """The place of each area among all areas, those of its group of municipalities, and those of its municipality.

    Percentile class, and the places that fit with ties and with hidden areas, which could stand anywhere; computed from
    shown values. gelijk_op: open figures on which areas are alike; each area is then also compared with the `gelijken`
    areas most like it (standardised, Euclidean distance).
    """

    soort: Literal["referentiebeeld"] = "referentiebeeld"
    kenmerk: Feature
    gebied: AreaLevel = "buurt"
    gelijk_op: list[OpenFigure] = Field(default_factory=list, max_length=8)
    gelijken: int = Field(default=10, ge=5, le=50)

    @model_validator(mode="after")
    def _distinct(self) -> "ReferenceImage":
        _refuse_equal_names([figure.naam for figure in self.gelijk_op])
        return self


class SmallAreaEstimate(OutputBase):
    """A rate per area drawn towards the mean as far as chance explains the difference, with an interval of 95 %.

    Empirical Bayes from shown counts: beta-binomial for a share, gamma-Poisson for a density; mean and spread of the
    prior by moments. Hidden areas take part, and get an estimate, together: as the rest that the shown margins leave.
    klassen: for the map, as in `kaart`. drempel: a value of the feature; the chance that the area's own rate lies above
    it is then told.
    """

    soort: Literal["kleinegebiedsschatting"] = "kleinegebiedsschatting"
    kenmerk: Annotated[Share | Density, Field(discriminator="soort")]
    gebied: AreaLevel = "buurt"
    klassen: list[float] = Field(min_length=1, max_length=8)
    drempel: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> "SmallAreaEstimate":
        _refuse_unless_ascending(self.klassen)
        if self.drempel is not None and isinstance(self.kenmerk, Share) and self.drempel >= 100:
            raise ValueError("'drempel' is een percentage onder 100")
        return self


class ClusterProfile(OutputBase):
    """Areas grouped by K-means on features: the profile of each group and which areas are in it."""

    soort: Literal["clusterprofiel"] = "clusterprofiel"
    kenmerken: list[Feature] = Field(min_length=2, max_length=20)
    gebied: AreaLevel = "buurt"
    clusters: int = Field(ge=2, le=8)
    toeval: int = Field(default=1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _distinct(self) -> "ClusterProfile":
        _refuse_equal_names([feature.naam for feature in self.kenmerken])
        return self


class DecisionTree(OutputBase):
    """A decision tree that explains which areas belong to the hottest `aandeel` on a target feature."""

    soort: Literal["beslisboom"] = "beslisboom"
    doel: Feature
    kenmerken: list[Feature] = Field(min_length=1, max_length=20)
    gebied: AreaLevel = "buurt"
    aandeel: float = Field(default=0.2, ge=0.05, le=0.5)
    diepte: int = Field(default=3, ge=1, le=5)
    toeval: int = Field(default=1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _target_is_not_a_feature(self) -> "DecisionTree":
        _refuse_equal_names([feature.naam for feature in self.kenmerken] + [self.doel.naam])
        same = [f for f in self.kenmerken if f.model_dump(exclude={"naam"}) == self.doel.model_dump(exclude={"naam"})]
        if same:
            raise ValueError(f"het doel is ook kenmerk '{same[0].naam}'; een boom verklaart een doel niet met zichzelf")
        return self


def _refuse_unless_ascending(breaks: list[float]) -> None:
    if any(low >= high for low, high in pairwise(breaks)):
        raise ValueError("'klassen' moet oplopen, elke grens één keer")


def _refuse_equal_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"kenmerk '{twice[0]}' staat er twee keer; geef elk kenmerk een eigen naam")
