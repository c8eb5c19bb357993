"""The results of `make bench`, one file per section, so that an interrupted run can be resumed."""

import json
import os
import time
from pathlib import Path
from typing import Any

from bench.report import machine

FOLDER = Path(__file__).parent / "results"


def save(section: str, found: dict[str, Any], *, load_before: float) -> Path:
    """Write a section, with the machine and its load before."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{section}.json"
    measured = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    path.write_text(json.dumps({"machine": machine(), "measured": measured, "load_before": round(load_before, 2), "found": found}, indent=2) + "\n")
    return path


def load(section: str) -> dict[str, Any] | None:
    """The latest result, or None if that section never ran here."""
    path = FOLDER / f"{section}.json"
    if not path.exists():
        return None
    document: dict[str, Any] = json.loads(path.read_text())
    found: dict[str, Any] = document["found"]
    return found


def conditions(section: str) -> str:
    """When a section ran, and on what."""
    document = json.loads((FOLDER / f"{section}.json").read_text())
    on = document["machine"]
    return f"{document['measured']}, {on['cpu']}, {on['cores']} cores, load {document['load_before']:g} before"


def busy() -> float:
    """The load: how many processes want a core, averaged over a minute."""
    return os.getloadavg()[0]
