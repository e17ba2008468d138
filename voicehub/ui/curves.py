"""Small line charts as SVG: they follow the page's colours and never make the layout jump."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicehub.ui.markup import Markup, join, tag

_WIDTH, _HEIGHT = 480.0, 180.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 10.0, 24.0  # room for the figures at the axes
_TICKS = 4


@dataclass(frozen=True)
class Line:
    """One line: its name, its points (x, y) in rising x, and whether they are marked."""

    name: str
    points: Sequence[tuple[float, float]]
    dots: bool = False


@dataclass(frozen=True)
class Chart:
    """What is drawn: ``level`` is a dashed line with a name, such as a ceiling.

    ``least`` is seen whatever the lines are: counts and amounts begin at nothing.
    """

    title: str
    x_name: str
    lines: Sequence[Line]
    level: tuple[str, float] | None = None
    empty: str = ""
    least: float | None = None


def draw(chart: Chart) -> Markup:
    """Return the chart with its legend and, for those who cannot see it, its last figures."""
    lines = [line for line in chart.lines if line.points]
    body = _plot(chart, lines) if lines else tag("p", chart.empty, class_="vh-chart-empty")
    return tag("figure", _caption(chart, lines), body, class_="vh-chart")


def _caption(chart: Chart, lines: Sequence[Line]) -> Markup:
    named = [
        tag("span", f"{line.name} {line.points[-1][1]:.3g}", class_=f"vh-key vh-line-{number}")
        for number, line in enumerate(lines)
    ]
    if chart.level and lines:
        name, value = chart.level
        named.append(tag("span", f"{name} {value:.3g}", class_="vh-key vh-line-level"))
    return tag("figcaption", tag("strong", chart.title), *named)


def _plot(chart: Chart, lines: Sequence[Line]) -> Markup:
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    if chart.level:
        ys.append(chart.level[1])
    if chart.least is not None:
        ys += [chart.least, max(ys) if max(ys) > chart.least else chart.least + 1.0]
    x_span, y_span = _span(xs, 0.0), _span(ys, 0.08)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_span[0]) / (x_span[1] - x_span[0])
        up = (y - y_span[0]) / (y_span[1] - y_span[0])
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return round(_LEFT + across * width, 1), round(_HEIGHT - _BOTTOM - up * height, 1)

    parts: list[Markup] = [_grid(y_span, place, x_span)]
    if chart.level:
        (x1, y1), (x2, _) = place(x_span[0], chart.level[1]), place(x_span[1], chart.level[1])
        parts.append(tag("path", d=f"M{x1} {y1}H{x2}", class_="vh-level"))
    for number, line in enumerate(lines):
        places = [place(x, y) for x, y in line.points]
        path = "M" + "L".join(f"{x} {y}" for x, y in places)
        parts.append(tag("path", d=path, class_=f"vh-curve vh-line-{number}"))
        marked = places if line.dots else places[-1:]
        parts += [
            tag("circle", cx=x, cy=y, r=3.2, class_=f"vh-dot vh-line-{number}") for x, y in marked
        ]
    x, y = place(x_span[1], y_span[0])
    end = tag("text", f"{chart.x_name} {xs and max(xs):g}", x=x, y=y + 17, text_anchor="end")
    label = f"{chart.title}: " + ", ".join(f"{n.name} {n.points[-1][1]:.3g}" for n in lines)
    return tag(
        "svg",
        join(*parts),
        end,
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        role="img",
        aria_label=label,
    )


def _grid(y_span: tuple[float, float], place: object, x_span: tuple[float, float]) -> Markup:
    assert callable(place)
    parts = []
    for number in range(_TICKS):
        value = y_span[0] + (y_span[1] - y_span[0]) * (number + 0.5) / _TICKS
        (x1, y), (x2, _) = place(x_span[0], value), place(x_span[1], value)
        parts.append(tag("path", d=f"M{x1} {y}H{x2}", class_="vh-grid"))
        parts.append(tag("text", _tick(value), x=x1 - 6, y=y + 4, text_anchor="end"))
    return join(*parts)


def _tick(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _span(values: Sequence[float], margin: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    spare = max((high - low) * margin, 1e-3 if high > low else 0.5)
    return (low - spare * (margin > 0), high + spare) if high > low else (low - 0.5, high + 0.5)
