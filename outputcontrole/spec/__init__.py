"""The language of questions: what an analyst can ask out, as strict, versioned, hashable documents.

Shared by zone 2, which writes questions, and zone 3, which answers them. It imports the formats only, so that the
workspace holds nothing of the checker.
"""

from outputcontrole.spec.areas import Choropleth, ClusterProfile, DecisionTree
from outputcontrole.spec.feature import Density, Feature, OpenFigure, Share
from outputcontrole.spec.output import Output
from outputcontrole.spec.position import Extremes, MeanOfExtremes, ModeTable, QuantileTable
from outputcontrole.spec.request import Request, parse_request
from outputcontrole.spec.source import Condition, IndicatorSource, Source, TableSource
from outputcontrole.spec.tables import ConcentrationTable, FrequencyTable, MagnitudeTable, Part, RatioTable
from outputcontrole.spec.verdict import Mark, Verdict, worst

__all__ = [
    "Choropleth",
    "ClusterProfile",
    "ConcentrationTable",
    "Condition",
    "DecisionTree",
    "Density",
    "Extremes",
    "Feature",
    "FrequencyTable",
    "IndicatorSource",
    "MagnitudeTable",
    "Mark",
    "MeanOfExtremes",
    "ModeTable",
    "OpenFigure",
    "Output",
    "Part",
    "QuantileTable",
    "RatioTable",
    "Request",
    "Share",
    "Source",
    "TableSource",
    "Verdict",
    "parse_request",
    "worst",
]
