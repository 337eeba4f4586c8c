"""A figure as bytes that depend on the figure alone."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from zoo_analyse.figures.style import own_style


def to_svg(figure: Figure) -> bytes:
    """The figure as SVG, UTF-8: no date, no program name, the same bytes for the same figure."""
    buffer = io.BytesIO()
    with own_style():
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def to_png(figure: Figure, dpi: int = 150) -> bytes:
    """The figure as PNG without a program name in it; dpi: dots per inch."""
    buffer = io.BytesIO()
    with own_style():
        previous = figure.dpi
        figure.set_dpi(dpi)
        try:
            FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
        finally:
            figure.set_dpi(previous)
    return buffer.getvalue()
