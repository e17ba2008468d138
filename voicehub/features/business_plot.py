"""A picture of the business: how far users came, and what each day brought."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_ACCENT, _SECOND = "#0f766e", "#b45309"


def draw_business(
    path: Path, funnel: Sequence[tuple[str, int]], days: Sequence[tuple[str, float, int]]
) -> None:
    """Write a PNG of the funnel, (step, users), and of the days, (day, credits, characters)."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    steps = [step for step, _ in funnel][::-1]
    bars = left.barh(steps, [count for _, count in funnel][::-1], color=_ACCENT)
    left.bar_label(bars, padding=4)
    left.set_title("How far users came")
    left.spines[["top", "right"]].set_visible(False)
    names = [day[5:] for day, *_ in days]
    right.bar(names, [credits for _, credits, _ in days], color=_ACCENT)
    right.set_ylabel("revenue, credits", color=_ACCENT)
    right.set_title("Day by day")
    right.tick_params(axis="x", rotation=60)
    second = right.twinx()
    second.plot(names, [characters for *_, characters in days], color=_SECOND, marker="o")
    second.set_ylabel("characters spoken", color=_SECOND)
    figure.savefig(path, dpi=110, format="png")
