"""The flame graph: shares are of the whole, callers contain what they call, and the drawing is sound XML."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from bench.flame import boxes, draw, sample


def test_a_box_is_as_wide_as_the_share_of_its_stacks_and_lies_within_its_caller() -> None:
    drawn = {box.name: box for box in boxes(Counter({("all",): 1, ("all", "left"): 2, ("all", "right", "leaf"): 5}))}
    assert {name: (box.share, box.depth) for name, box in drawn.items()} == {
        "all": (1.0, 0),
        "right": (0.625, 1),
        "leaf": (0.625, 2),
        "left": (0.25, 1),
    }
    assert (drawn["right"].start, drawn["leaf"].start, drawn["left"].start) == (0.0, 0.0, 0.625)


def test_what_is_too_narrow_to_see_is_left_out_and_holds_its_place() -> None:
    drawn = boxes(Counter({("all", "wide"): 9_000, ("all", "narrow"): 1, ("all", "second"): 999}))
    assert [box.name for box in drawn] == ["all", "wide", "second"]


def test_the_drawing_is_xml_whatever_functions_are_called(tmp_path: Path) -> None:
    draw(boxes(Counter({("all", "made.<lambda>"): 3})), tmp_path / "new" / "flame.svg", title="a < b & c")
    root = ElementTree.parse(tmp_path / "new" / "flame.svg").getroot()
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["all: 100.0%", "made.<lambda>: 100.0%"]


def burn() -> int:
    return sum(number * number for number in range(20_000))


def test_the_function_that_takes_the_time_is_seen_below_the_root() -> None:
    stacks = sample(burn, seconds=0.3, root="tests.bench.test_flame.burn")
    assert stacks.total() >= 10
    assert {stack[0] for stack in stacks} == {"tests.bench.test_flame.burn"}
    assert stacks[("tests.bench.test_flame.burn", "tests.bench.test_flame.burn.<genexpr>")] > stacks.total() / 2
