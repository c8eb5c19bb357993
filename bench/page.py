"""docs/benchmarks.md with its plots, generated from bench/results, so that every figure was measured."""

from pathlib import Path
from typing import Any

from bench import formats, results
from bench.report import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
FOLDER = ROOT / "docs" / "benchmarks"
KINDS = {"plain": "no event scored", "mixed": "one event in twenty scored", "scored": "every event scored, decided and acted on"}
GUARANTEES = ("exactly-once", "at-least-once")
COLUMNS = ("p50", "p95", "p99", "worst", "decided_p99")
COLOURS = {"p50": "#4477aa", "p95": "#ccbb44", "p99": "#ee6677"}

HEAD = """\
# Benchmarks

`make bench` measures this page and draws it from `bench/results/`. The load is that of a heavy day:

* fifty campaigns, of which five look at each event,
* one event in twenty scored by a boosted model of 100 trees over 20 features,
* profiles of about forty events, and 100,000 customers in the state.

Broker, cluster, sender and reader share the machine. Like Kafka's own producer, the sender holds an event
back for up to 5 ms to send several together; that time counts.
"""


def flame_graph(kind: str) -> Path:
    """The path of the flame graph for a kind of day."""
    return FOLDER / f"flame-{kind}.svg"


def write() -> Path:
    """Write the page and its plots, for the results that exist."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = [HEAD, _engine(), _formats(), _through(), _latency()]
    PAGE.write_text("\n".join(part for part in parts if part))
    return PAGE


def _engine() -> str:
    found = results.load("engine")
    if found is None:
        return ""
    rows = [f"| {label} | {found[f'{kind}_us']:.0f} |" for kind, label in KINDS.items()]
    pictures = [f"* [{label}](benchmarks/{flame_graph(kind).name})" for kind, label in KINDS.items() if flame_graph(kind).exists()]
    told = ["", "Where that time goes, as flame graphs (open one and hover over a box):", "", *pictures] if pictures else []
    return _lines(
        "## The engine in a bare loop",
        "",
        "| load | µs of CPU time for each event |",
        "|---|---:|",
        *rows,
        f"| decoding and checking JSON, before the engine | {found['decode_us']:.0f} |",
        "",
        f"A customer's state after forty events: {found['blob_bytes']:,.0f} bytes.",
        "",
        f"({results.conditions('engine')})",
        *told,
    )


def _formats() -> str:
    found = results.load("formats")
    if found is None:
        return ""
    rows = [f"| {label} | {found['us'][name]:.0f} | {found['bytes'][name]:,.0f} |" for name, label in formats.FORMATS.items()]
    return _lines(
        "## Formats of events",
        "",
        "Decoding and checking an event of a product, before the engine. All formats had their turns in one run.",
        "",
        "| format | µs of CPU time | bytes |",
        "|---|---:|---:|",
        *rows,
        "",
        f"({results.conditions('formats')})",
    )


def _through() -> str:
    found = results.load("throughput")
    if found is None:
        return ""
    text = f"One slot handles {found['rate']:,.0f} events/s from a backlog, exactly-once."
    return _lines("## Through Kafka", "", text, "", f"({results.conditions('throughput')})")


def _latency() -> str:
    found = {guarantee: waits for guarantee in GUARANTEES if (waits := results.load(guarantee))}
    if not found:
        return ""
    rows = [
        f"| {guarantee} | {share} | {wait['reached']:,.0f} | " + " | ".join(f"{wait[name]:.1f}" for name in COLUMNS) + " |"
        for guarantee, waits in found.items()
        for share, wait in waits.items()
    ]
    _plot(found)
    return _lines(
        "## From sending an event to reading its decision",
        "",
        "| guarantee | of capacity | events/s | p50 ms | p95 ms | p99 ms | worst ms | until decided, p99 ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        "![Latency by load](benchmarks/latency.png)",
        "",
        *(f"{guarantee}: {results.conditions(guarantee)}.  " for guarantee in found),
    )


def _plot(found: dict[str, dict[str, Any]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for panel, (guarantee, waits) in zip(panels, found.items(), strict=True):
        for name, colour in COLOURS.items():
            panel.plot([wait["reached"] for wait in waits.values()], [wait[name] for wait in waits.values()], "o-", color=colour, label=name)
        panel.set(title=guarantee, xlabel="events/s", ylabel="ms", ylim=(0, None))
        panel.legend()
        panel.grid(alpha=0.3)
    figure.savefig(FOLDER / "latency.png", dpi=110)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
