"""Step 7: the version goes into the store and the registry, with its card, its pictures, and where it came from."""

import subprocess
from pathlib import Path
from typing import Any

from services.model_versions.place import opened
from training.config import Config
from training.fairness import Line, table
from training.gate import Parity
from training.manifest import Cache, Manifest
from training.phrases import phrases_of
from training.results import Outcome, manifest, write
from training.steps.evaluate import EVALUATION, Evaluated
from training.steps.export import MODEL, PARITY
from training.steps.fit import ANSWERS, FITTED, FitFacts
from training.steps.gate import FAIRNESS
from training.steps.material import Material, answers, material
from training.steps.step import Run
from training.store import Store

READS = ("store", "registry", "cache", "because")
VERSION, RESULTS = "version.json", "results"
FILES = ("model.onnx", "card.md", "calibration.png", "lift.png")


def run(run: Run) -> str:
    """Store and register. A version that is registered already stays as it is."""
    found, exported = material(run), run.folder.read(MODEL)
    fitted, evaluated = run.folder.get(FITTED, FitFacts), run.folder.get(EVALUATION, Evaluated)
    outcome = Outcome(
        name=run.config.name,
        goal=run.config.goal,
        within=found.facts.within,
        campaign=found.facts.campaign,
        history=found.facts.source,
        feature_version=found.facts.feature_version,
        settings=f"{fitted.estimator}: {fitted.settings}",
        parts=found.parts,
        chosen=found.chosen,
        evaluation=evaluated.figures,
        scores=answers(run, ANSWERS)[:, 1],
        exported=exported,
        parity=run.folder.get(PARITY, Parity),
    )
    uri, sha256 = Store(run.config.store).put(exported)
    made = manifest(
        outcome,
        uri=uri,
        sha256=sha256,
        at=run.at,
        cache=cache_of(run.config),
        because=phrases_of(run.config["because"] or {}, outcome.chosen.inputs, run.say),
    )
    folder = run.folder.path / RESULTS
    told = run.config.fairness
    write(folder, made, outcome, table(run.folder.get(FAIRNESS, list[Line]), told) if told else ())
    files = {name: (folder / name).read_bytes() for name in FILES}
    added = opened(run.config.registry).add(made.model, made.document(), files, lineage(run, found, fitted, evaluated.champion, made))
    run.folder.put(VERSION, {"model": made.model, "version": made.version, "manifest": made.document()})
    return f"{made.model} {added.version} in {added.place}"


def lineage(run: Run, found: Material, fitted: FitFacts, champion: str | None, made: Manifest) -> dict[str, Any]:
    """Where a version came from: data, code, features, and the version that was champion then."""
    facts = found.facts
    return {
        "at": run.at,
        "run": run.folder.path.name,
        "data": {"source": facts.source, "first": facts.first, "last": facts.last, "events": facts.events, "rows": len(found.rows)},
        "train": {"from": made.trained.from_, "to": made.trained.to, "rows": made.trained.rows},
        "test": {"from": found.parts.test[0].at, "to": found.parts.test[-1].at, "rows": len(found.parts.test)},
        "goal": facts.goal,
        "within_ms": facts.within,
        "campaign": facts.campaign,
        "features": {"version": facts.feature_version, "inputs": {each.feature: each.definition for each in facts.inputs}},
        "estimator": fitted.estimator,
        "settings": fitted.settings,
        "seed": run.config["seed"],
        "code": code(),
        "champion_then": champion,
        "config": dict(run.config.document),
    }


def code() -> str:
    """The commit of this code, if it runs from a clone; otherwise the version of the package."""
    try:
        made = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False)
        if made.returncode == 0:
            return made.stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        pass  # not installed, or too slow: the package's version says enough
    from importlib.metadata import version

    return version("kairos")


def cache_of(config: Config) -> Cache | None:
    """How long the job may reuse an answer, as the file says."""
    told = config["cache"]
    if told is None:
        return None
    if isinstance(told, str):
        return Cache(told, list(config.goal.events))
    return Cache(told["ttl"], list(told.get("until", config.goal.events)), told.get("events"))
