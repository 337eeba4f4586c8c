"""The kinds of output that can be asked for. What is not here cannot be asked, so it cannot leave."""

from typing import Annotated

from pydantic import Field

from outputcontrole.spec.areas import Choropleth, ClusterProfile, DecisionTree
from outputcontrole.spec.position import Extremes, MeanOfExtremes, ModeTable, QuantileTable
from outputcontrole.spec.tables import ConcentrationTable, FrequencyTable, MagnitudeTable, RatioTable

Output = Annotated[
    # tables
    FrequencyTable
    | MagnitudeTable
    | RatioTable
    | ConcentrationTable
    # positions
    | QuantileTable
    | ModeTable
    | Extremes
    | MeanOfExtremes
    # areas
    | Choropleth
    | ClusterProfile
    | DecisionTree,
    Field(discriminator="soort"),
]
