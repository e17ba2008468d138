"""Markup and charts: text is text, figures are where they belong."""

import re

from voicehub.ui.curves import Chart, Line, draw
from voicehub.ui.markup import Markup, join, tag


def test_text_never_becomes_markup() -> None:
    evil = '<img src=x onerror="alert(1)">'
    made = tag("p", evil, title=evil, class_="a", data_key='"><b>')
    assert "<img" not in made
    assert "<b>" not in made
    assert made.startswith('<p title="&lt;img')
    assert tag("p", tag("b", "1 < 2")) == "<p><b>1 &lt; 2</b></p>"
    assert join("a", None, [Markup("<i>"), "&"]) == "a<i>&amp;"


def test_attributes_and_void_elements() -> None:
    assert tag("img", src="a", alt="", hidden=True, width=None, height=False) == (
        '<img src="a" alt="" hidden>'
    )


def test_a_chart_draws_each_point_inside_its_frame() -> None:
    line = Line("loss", [(0, 2.0), (40, 1.5), (80, 1.25)], dots=True)
    made = draw(Chart("Loss", "step", [line], ("ceiling", 2.2)))
    places = [
        (float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', made)
    ]
    assert len(places) == 3
    assert all(0 <= x <= 480 and 0 <= y <= 180 for x, y in places)
    assert [y for _, y in places] == sorted(y for _, y in places)  # it falls: further down
    assert 'aria-label="Loss: loss 1.25"' in made
    assert "ceiling 2.2" in made


def test_a_chart_of_one_point_or_none() -> None:
    assert draw(Chart("Loss", "step", [Line("a", [(0, 1.0)])])).count("<circle") == 1
    made = draw(Chart("Credits", "day", [Line("a", [(0, 0.04)])], least=0.0))
    assert not re.search(r">-\d", made)  # nobody earns less than nothing
    assert "soon" in draw(Chart("Loss", "step", [Line("a", [])], empty="soon"))
