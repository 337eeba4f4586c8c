"""The language of questions: what an analyst can ask out, as strict, versioned, hashable documents.

Shared by zone 2, which writes questions, and zone 3, which answers them. It imports the formats only, so that the
workspace holds nothing of the checker.
"""

from outputcontrole.spec.areas import (
    Choropleth,
    ClusterProfile,
    DecisionTree,
    HotspotMap,
    ReferenceImage,
    SmallAreaEstimate,
)
from outputcontrole.spec.feature import Density, Feature, OpenFigure, Share
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
from outputcontrole.spec.filter import AllOf, AnyOf, Condition
from outputcontrole.spec.models import (
    Correlation,
    FactorAnalysis,
    ForestImportance,
    Regression,
    Regressor,
    Residuals,
    StatisticalTest,
)
from outputcontrole.spec.output import Output
from outputcontrole.spec.period import Period
from outputcontrole.spec.position import Extremes, MeanOfExtremes, ModeTable, QuantileTable
from outputcontrole.spec.prose import ProseText
from outputcontrole.spec.recipe import PythonRecipe, Recipe, SqlRecipe
from outputcontrole.spec.request import Request, parse_request
from outputcontrole.spec.sequences import SequenceOverview, TransitionMatrix
from outputcontrole.spec.source import IndicatorSource, RecipeSource, Source, TableSource
from outputcontrole.spec.survival import SurvivalCurve
from outputcontrole.spec.tables import ConcentrationTable, FrequencyTable, MagnitudeTable, Part, RatioTable
from outputcontrole.spec.verdict import Mark, Verdict, worst

__all__ = [
    "AllOf",
    "AnyOf",
    "BarChart",
    "BoxPlot",
    "Choropleth",
    "ClusterProfile",
    "ConcentrationTable",
    "Condition",
    "Correlation",
    "DecisionTree",
    "Density",
    "DensityCurve",
    "Extremes",
    "FactorAnalysis",
    "Feature",
    "ForestImportance",
    "FrequencyTable",
    "GridPlot",
    "Histogram",
    "HotspotMap",
    "IndicatorSource",
    "LineChart",
    "LorenzCurve",
    "MagnitudeTable",
    "Mark",
    "MeanOfExtremes",
    "ModeTable",
    "OpenFigure",
    "Output",
    "Part",
    "Period",
    "ProseText",
    "PythonRecipe",
    "QuantileTable",
    "RatioTable",
    "Recipe",
    "RecipeSource",
    "ReferenceImage",
    "Regression",
    "Regressor",
    "Request",
    "Residuals",
    "ScatterPlot",
    "SequenceOverview",
    "Share",
    "SmallAreaEstimate",
    "Source",
    "SqlRecipe",
    "StatisticalTest",
    "SurvivalCurve",
    "TableSource",
    "TransitionMatrix",
    "Verdict",
    "parse_request",
    "worst",
]
