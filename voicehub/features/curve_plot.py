"""A picture of figures against what was given for them: panels of lines with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_PANEL_INCHES = (4.2, 3.4)
_DPI = 110


@dataclass(frozen=True)
class Line:
    """Values ``y`` at ``x`` with the interval from ``low`` to ``high`` of each; ``aside`` means stars and no ticks."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    aside: bool = False


@dataclass(frozen=True)
class Panel:
    """One graph; ``level`` is what natural speech has, drawn across."""

    x_label: str
    y_label: str
    lines: Sequence[Line]
    level: float
    logarithmic: bool = False


def draw_panels(path: Path, panels: Sequence[Panel], columns: int) -> None:
    """Write a PNG of ``panels``, ``columns`` in a row."""
    n_rows = -(-len(panels) // columns)
    size = (_PANEL_INCHES[0] * columns, _PANEL_INCHES[1] * n_rows)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    graphs = figure.subplots(n_rows, columns, squeeze=False).flat
    for axes, panel in zip(graphs, panels, strict=False):
        _draw(axes, panel)
    figure.savefig(path, dpi=_DPI, format="png")


def _draw(axes: Axes, panel: Panel) -> None:
    axes.axhline(panel.level, color="0.5", linestyle="--", linewidth=1, label="natural")
    for line in panel.lines:
        below = [y - low for y, low in zip(line.y, line.low, strict=True)]
        above = [high - y for y, high in zip(line.y, line.high, strict=True)]
        errors = [[max(0.0, value) for value in side] for side in (below, above)]
        marker = "*" if line.aside else "o"
        axes.errorbar(
            line.x, line.y, yerr=errors, label=line.label, marker=marker, markersize=4, capsize=2
        )
    if panel.logarithmic:
        axes.set_xscale("log")
        ticks = sorted({x for line in panel.lines for x in line.x if not line.aside})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
