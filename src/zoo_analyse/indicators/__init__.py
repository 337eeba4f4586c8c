"""Indicators (risicofactoren): per indicator one SQL file, the definition, and one TOML file, what it means."""

from zoo_analyse.indicators.catalogue import catalogue
from zoo_analyse.indicators.compute import area_counts, check_feasible, compute, unplaced
from zoo_analyse.indicators.registry import Indicator, Parameter, ParameterValue, get, names

__all__ = [
    "Indicator",
    "Parameter",
    "ParameterValue",
    "area_counts",
    "catalogue",
    "check_feasible",
    "compute",
    "get",
    "names",
    "unplaced",
]
