"""The kinds of output that can be asked for. What is not here cannot be asked, so it cannot leave."""

from typing import Annotated

from pydantic import Field

from outputcontrole.spec.areas import (
    Choropleth,
    ClusterProfile,
    DecisionTree,
    HotspotMap,
    ReferenceImage,
    SmallAreaEstimate,
)
from outputcontrole.spec.figures import (
    BarChart,
    BoxPlot,
    DensityCurve,
    GridPlot,
    Histogram,
    LineChart,
    LorenzCurve,
    ScatterPlot,
)
from outputcontrole.spec.models import (
    Correlation,
    FactorAnalysis,
    ForestImportance,
    Regression,
    Residuals,
    StatisticalTest,
)
from outputcontrole.spec.position import Extremes, MeanOfExtremes, ModeTable, QuantileTable
from outputcontrole.spec.prose import ProseText
from outputcontrole.spec.sequences import SequenceOverview, TransitionMatrix
from outputcontrole.spec.survival import SurvivalCurve
from outputcontrole.spec.tables import ConcentrationTable, FrequencyTable, MagnitudeTable, RatioTable

Output = Annotated[
    # prose and code, not computed again
    ProseText
    # tables
    | FrequencyTable
    | MagnitudeTable
    | RatioTable
    | ConcentrationTable
    # positions
    | QuantileTable
    | ModeTable
    | Extremes
    | MeanOfExtremes
    # figures
    | Histogram
    | DensityCurve
    | BoxPlot
    | BarChart
    | LineChart
    | ScatterPlot
    | GridPlot
    | LorenzCurve
    # durations and sequences
    | SurvivalCurve
    | TransitionMatrix
    | SequenceOverview
    # areas
    | Choropleth
    | HotspotMap
    | ReferenceImage
    | SmallAreaEstimate
    | ClusterProfile
    | DecisionTree
    | ForestImportance
    # models
    | Regression
    | Residuals
    | Correlation
    | StatisticalTest
    | FactorAnalysis,
    Field(discriminator="soort"),
]
