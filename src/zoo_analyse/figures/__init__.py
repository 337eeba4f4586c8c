"""Figures drawn from protected numbers: maps, heat map of profiles, tree diagram, distributions, charts.

A figure is its numbers: every function takes the classes or counts that were judged, never a value behind them,
so the checker redraws it from what may go out. A hidden area is hatched, whatever the reason, and looks the same
as one of which nothing is known. Text stays text in SVG, and the same input gives the same bytes.
"""

from zoo_analyse.figures.charts import bar_chart, line_chart
from zoo_analyse.figures.distributions import box_plot, count_grid, frequency_polygon, histogram, lorenz_curve
from zoo_analyse.figures.export import to_png, to_svg
from zoo_analyse.figures.intervals import interval_plot
from zoo_analyse.figures.maps import choropleth, class_index, class_labels, hotspot_map, profile_map
from zoo_analyse.figures.profile_heatmap import heatmap
from zoo_analyse.figures.spread_of_areas import spread_of_areas
from zoo_analyse.figures.survival import survival_curves
from zoo_analyse.figures.trees import tree_diagram

__all__ = [
    "bar_chart",
    "box_plot",
    "choropleth",
    "class_index",
    "class_labels",
    "count_grid",
    "frequency_polygon",
    "heatmap",
    "histogram",
    "hotspot_map",
    "interval_plot",
    "line_chart",
    "lorenz_curve",
    "profile_map",
    "spread_of_areas",
    "survival_curves",
    "to_png",
    "to_svg",
    "tree_diagram",
]
