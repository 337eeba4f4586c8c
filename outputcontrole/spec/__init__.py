"""The language of questions: what an analyst can ask out, as strict, versioned, hashable documents.

Shared by zone 2, which writes questions, and zone 3, which answers them. It imports the formats only, so that the
workspace holds nothing of the checker.
"""

from outputcontrole.spec.areas import Choropleth, ClusterProfile, DecisionTree
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
from outputcontrole.spec.position import Extremes, MeanOfExtremes, ModeTable, QuantileTable
from outputcontrole.spec.prose import ProseText
from outputcontrole.spec.request import Request, parse_request
from outputcontrole.spec.source import IndicatorSource, Source, TableSource
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
    "ProseText",
    "QuantileTable",
    "RatioTable",
    "Regression",
    "Regressor",
    "Request",
    "Residuals",
    "ScatterPlot",
    "Share",
    "Source",
    "StatisticalTest",
    "TableSource",
    "Verdict",
    "parse_request",
    "worst",
]
