"""Pictures: everything is inside them, and what is small or missing looks so."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from services.kpis import charts
from services.kpis.charts import CHARACTER, WIDTH, Point
from services.kpis.results import Figure

SVG = "{http://www.w3.org/2000/svg}"


def figure(value: float | None, rows: int = 1_234_567, **more: object) -> Figure:
    told: dict[str, object] = {
        "group": {},
        "value": value,
        "numerator": None if value is None else value * rows,
        "denominator": rows,
        "sample": rows,
        "currency": "USD",
    }
    return Figure(**{**told, **more})  # type: ignore[arg-type]


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def ends(text: ElementTree.Element) -> tuple[float, float]:
    """From where to where a text reaches, by the width of a character."""
    x, length = float(text.get("x", "0")), len("".join(text.itertext())) * CHARACTER
    start = {"start": x, "middle": x - length / 2, "end": x - length}[text.get("text-anchor", "start")]
    return start, start + length


@pytest.mark.parametrize("number", [1, 2, 7, 14, 60])
def test_nothing_that_is_written_leaves_the_picture(number: int) -> None:
    points = [Point(f"2026-W{place:02}", figure(1234.5 + place, rows=10**5)) for place in range(number)]
    names = [Point("a name of a campaign that is much too long to stand here", point.figure) for point in points]
    stages = [figure(0.5, stage=f"stage {place}") for place in range(number)]
    for picture in (charts.line(points, "money"), charts.bars(names, "money"), charts.steps(stages)):
        svg = parsed(picture.partition("</svg>")[0] + "</svg>")
        texts = svg.findall(f".//{SVG}text")
        assert texts
        height = float(str(svg.get("viewBox")).split()[3])
        for text in texts:
            start, end = ends(text)
            assert start >= -1, "".join(text.itertext())
            assert end <= WIDTH + 1, "".join(text.itertext())
            assert 0 <= float(text.get("y", "0")) <= height


def test_values_of_neighbouring_weeks_do_not_overlap() -> None:
    points = [Point(f"2026-W{place:02}", figure(1000.25)) for place in range(20)]
    texts = [text for text in parsed(charts.line(points, "money")).findall(f".//{SVG}text") if "USD" in "".join(text.itertext())]
    spans = sorted(map(ends, texts))
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_few_rows_and_no_figure_look_different() -> None:
    points = [Point("a", figure(0.5)), Point("b", figure(0.5, rows=3)), Point("c", figure(None, rows=0, why="there is nothing to divide by"))]
    bars = charts.bars(points, "percent")
    assert bars.count('class="bar small"') == 1
    assert "there is nothing to divide by" in bars
    line = charts.line(points, "percent")
    assert (line.count('class="dot"'), line.count('class="few"')) == (1, 1)
    assert len(re.findall(r"[ML]\d", line)) == 2


def test_a_figure_of_nothing_everywhere_is_drawn_too() -> None:
    points = [Point(f"w{place}", figure(0.0)) for place in range(3)]
    assert "nan" not in charts.line(points, "percent") + charts.bars(points, "percent") + charts.steps([figure(None, rows=0, stage="a")] * 2)
