"""Outputs about areas, made from features of areas: maps, profiles, trees."""

from typing import Literal

from pydantic import Field, model_validator

from outputcontrole.spec.base import OutputBase
from outputcontrole.spec.feature import AreaLevel, Feature


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
        if any(low >= high for low, high in zip(self.klassen, self.klassen[1:], strict=False)):
            raise ValueError("'klassen' moet oplopen, elke grens één keer")
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


def _refuse_equal_names(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"kenmerk '{twice[0]}' staat er twee keer; geef elk kenmerk een eigen naam")
