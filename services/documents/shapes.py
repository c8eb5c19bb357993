"""Every kind of file that people write: its JSON Schema for editors, and its keys as a page. `make schemas` writes both from the shapes."""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.documents.metrics_shape import METRICS
from services.documents.recommend_shape import RECOMMEND
from services.documents.rollout_shape import ROLLOUT
from services.documents.scenario_shape import SCENARIOS
from services.documents.schedule_shape import SCHEDULE
from services.documents.training_shape import TRAINING
from udfs.core.campaigns.language.shape import CAMPAIGN, SEGMENTS
from udfs.core.features.language.shape import FEATURES
from udfs.core.policy.language.shape import POLICY
from udfs.core.recommend.language.shape import RECOMMENDATIONS
from udfs.core.values.shapes import Shape

KINDS = {
    "campaign": CAMPAIGN,
    "policy": POLICY,
    "features": FEATURES,
    "segments": SEGMENTS,
    "recommendations": RECOMMENDATIONS,
    "scenarios": SCENARIOS,
    "training": TRAINING,
    "recommend": RECOMMEND,
    "schedule": SCHEDULE,
    "rollout": ROLLOUT,
    "metrics": METRICS,
}
FOLDER = Path("schemas/json")
PAGE = Path("docs/keys.md")


def schema(kind: str) -> str:
    """The JSON Schema of a kind of file, as text."""
    return json.dumps(KINDS[kind], indent=2, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """Every file that is made from the shapes, by its path in the repository."""
    return {**{FOLDER / f"{kind}.schema.json": schema(kind) for kind in KINDS}, PAGE: page()}


def page() -> str:
    """The reference of all keys, as Markdown."""
    lines = ["# Keys of files", "", "<!-- Made by `make schemas` from the shapes that the readers use. -->", ""]
    lines += ["Every key of every file that people write.", "The same as JSON Schema, for editors: `kairos schema --json campaign`.", ""]
    for kind, shape in KINDS.items():
        lines += [f"## {kind}", "", *textwrap.wrap(_linked(str(shape["description"])), 100, break_on_hyphens=False), ""]
        lines += ["| Key | Value | Meaning |", "|---|---|---|"]
        lines += [f"| `{path}`{mark} | {value} | {means} |" for path, mark, value, means in _rows(shape, shape.get("$defs", {}), "")]
        lines.append("")
    return "\n".join([*lines, "\\* must be there.", ""])


def _rows(shape: Shape, definitions: Shape, prefix: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str, str]]:
    """Path, mark, value and meaning of every key of a mapping, and of those inside it."""
    for name, part in _properties(shape, definitions):
        found = _resolved(part, definitions)
        path = f"{prefix}{name}"
        mark = r"\*" if name in _inside(shape, definitions).get("required", ()) else ""
        yield path, mark, _value(part, found), _cell(_linked(str(found.get("description", ""))))
        target = str(part.get("$ref", ""))
        if target and target in above:  # steps within steps
            continue
        yield from _deeper(found, definitions, path, (*above, target))


def _deeper(found: Shape, definitions: Shape, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, str, str, str]]:
    inner = found.get("items") or found.get("additionalProperties")
    mappings = [each for each in found.get("anyOf", ()) if "properties" in each]
    if "properties" in found:
        yield from _rows(found, definitions, f"{path}.", above)
    elif mappings and "[]" not in path:  # a mapping, or a short way to write it; within steps it would be listed many times
        yield from _rows(mappings[0], definitions, f"{path}.", above)
    elif isinstance(inner, dict) and "properties" in (resolved := _resolved(inner, definitions)):
        yield from _rows(resolved, definitions, f"{path}[]." if "items" in found else f"{path}.*.", above)


def _inside(shape: Shape, definitions: Shape) -> Shape:
    """The mapping itself, also where one or a list of it may stand."""
    return shape if "properties" in shape else _resolved(shape["anyOf"][0], definitions)


def _properties(shape: Shape, definitions: Shape) -> Iterator[tuple[str, Shape]]:
    yield from _inside(shape, definitions)["properties"].items()


def _resolved(part: Shape, definitions: Shape) -> Shape:
    if "$ref" not in part:
        return part
    return {**definitions[str(part["$ref"]).removeprefix("#/$defs/")], **part}


def _value(part: Shape, found: Shape) -> str:
    """The allowed values, in a few words."""
    if "enum" in found:
        told = ", ".join(f"`{word}`" for word in found["enum"])
    elif "$ref" in part and "properties" not in found:
        told = str(part["$ref"]).removeprefix("#/$defs/")
    else:
        told = _type(found)
    examples = [each for each in found.get("examples", ()) if isinstance(each, str)]
    told += f", such as `{_cell(examples[0])}`" if examples and "enum" not in found else ""
    return told + (f"; usually `{_cell(_written(found['default']))}`" if "default" in found else "")


def _type(found: Shape) -> str:
    names = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
    kinds = found.get("type")
    if kinds is None:
        kinds = list(dict.fromkeys(each.get("type", "text") for each in found.get("anyOf", ())))
    return " or ".join(names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _linked(text: str) -> str:
    """A description with a link to each page that it names."""
    return re.sub(r"\bdocs/([\w-]+)\.md\b", lambda page: f"[{page[1].replace('-', ' ')}]({page[1]}.md)", text)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    """Write every file that is made from the shapes, in the folder where this is run: the root of the repository."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
