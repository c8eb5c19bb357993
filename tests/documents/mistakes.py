"""The campaigns with a mistake each, of mistakes.yaml, and what is said of them. `python -m tests.documents.mistakes` writes it down."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from services.documents.check import assess
from services.documents.files import load_campaign_files
from services.documents.findings import BadFile, Finding
from services.documents.scenario_names import wrong_scenarios

TABLE = Path(__file__).with_name("mistakes.yaml")
RIGHT: dict[str, Any] = {
    "trigger": {"event": "product_added", "unless": ["order_completed"]},
    "when": "cart.value > 99",
    "body": "Hello",
}


def rows() -> list[dict[str, Any]]:
    """Every mistake of the table."""
    found: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(TABLE.read_text(encoding="utf-8"))
    return found


def campaign(row: dict[str, Any]) -> str:
    """A campaign, as a file, with this mistake and no other. (JSON is YAML.)"""
    if "file" in row:  # a mistake in the YAML itself
        return str(row["file"])
    parts = {**RIGHT, **{key: value for key, value in row.items() if key in RIGHT}}
    reads_score = "score" in parts["when"]
    document = {
        "campaign": "my-campaign",
        "trigger": parts["trigger"],
        "when": parts["when"],
        **({"steps": row["steps"]} if "steps" in row else {}),
        "variants": {"mail": {"channel": "email", "content": {"subject": "Hi", "body": parts["body"]}}},
        **({"score": {"model": "purchase-propensity", "cold_start": 0.03}} if reads_score else {}),
    }
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items()) + "\n"


def scenarios(row: dict[str, Any]) -> str | None:
    """Its scenarios, where the mistake is in what they expect."""
    if "expect" not in row:
        return None
    given = [{"at": "10:00", "event": "product_added", "properties": {"product_id": "tent", "price": 120, "quantity": 1}}]
    return json.dumps([{"scenario": "a tent in the cart", "given": given, "expect": [row["expect"]]}], ensure_ascii=False) + "\n"


def said(row: dict[str, Any], folder: Path) -> str:
    """What the check says first; a warning begins with an exclamation mark."""
    file = folder / "my-campaign.yaml"
    file.write_text(campaign(row), encoding="utf-8")
    if (stories := scenarios(row)) is not None:
        file.with_name("my-campaign.scenarios.yaml").write_text(stories, encoding="utf-8")
    try:
        files = load_campaign_files([file])
        found = assess(files)
    except BadFile as error:
        return _line(error.findings[0])
    if wrong := wrong_scenarios(files):
        return _line(wrong[0])
    return _line(found.findings[0]) if found.findings else f"! {_line(found.doubts[0])}" if found.doubts else ""


def _line(finding: Finding) -> str:
    return f"{finding.message} ({finding.suggestion})" if finding.suggestion else finding.message


def main() -> None:
    """Write down what is said now; read the difference before you commit it."""
    head = "".join(line for line in TABLE.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("#"))
    with tempfile.TemporaryDirectory() as name:
        lines: list[str] = []
        for row in rows():
            told = {key: value for key, value in row.items() if key != "says"}
            folder = Path(name) / str(len(lines))
            folder.mkdir()
            parts = {**told, "says": said(row, folder)}
            text = "\n  ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items())
            lines.append(f"- {text}\n")
    TABLE.write_text(head + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
