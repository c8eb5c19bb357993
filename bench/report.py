"""Claims and their figures: gathered by `make evidence-<topic>`, written to docs/evidence/<topic>.json, printed as a table."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "evidence"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the project, the measured figure, and whether it holds."""

    claim: str
    figure: float | int | str
    unit: str
    goal: str
    holds: bool


def at_most(claim: str, figure: float, unit: str, goal: float) -> Claim:
    """A figure that must not be larger than its goal."""
    return Claim(claim=claim, figure=round(figure, 3), unit=unit, goal=f"<= {goal:g}", holds=figure <= goal)


def at_least(claim: str, figure: float, unit: str, goal: float) -> Claim:
    """A figure that must not be smaller than its goal."""
    return Claim(claim=claim, figure=round(figure, 3), unit=unit, goal=f">= {goal:g}", holds=figure >= goal)


def exactly(claim: str, figure: float, unit: str, goal: float) -> Claim:
    """A count that must equal its goal."""
    return Claim(claim=claim, figure=figure, unit=unit, goal=f"= {goal:g}", holds=figure == goal)


def measured(claim: str, figure: float, unit: str) -> Claim:
    """A figure without a goal, for the record."""
    return Claim(claim=claim, figure=round(figure, 3), unit=unit, goal="", holds=True)


def machine() -> dict[str, str | int]:
    """A description of the machine."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown")
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def write(topic: str, sections: dict[str, list[Claim]]) -> Path:
    """Save the claims of the sections that ran; sections that did not run keep what an earlier run found."""
    path = FOLDER / f"{topic}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text()).get("claims", []) if path.exists() else []
    kept = [claim for claim in before if claim.get("section") not in sections]
    fresh = [{"section": section, **asdict(claim)} for section, claims in sections.items() for claim in claims]
    claims = sorted([*kept, *fresh], key=lambda claim: str(claim["section"]))
    path.write_text(json.dumps({"machine": machine(), "claims": claims}, indent=2, ensure_ascii=False) + "\n")
    return path


def table(claims: Iterable[Claim]) -> Table:
    """The claims as a table."""
    drawn = Table("claim", "figure", "unit", "goal", "holds", title_justify="left", show_lines=False)
    for claim in claims:
        figure = f"{claim.figure:,}" if isinstance(claim.figure, (int, float)) else claim.figure
        drawn.add_row(claim.claim, figure, claim.unit, claim.goal, "[green]yes[/]" if claim.holds else "[bold red]NO[/]")
    return drawn


def show(claims: Iterable[Claim]) -> None:
    """Print them."""
    Console(width=150).print(table(claims))
