"""One run of a recommender's file: learn, gate, store, register, and publish a champion."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from services.catalogue.files import CatalogueFiles
from services.documents.recommend_shape import MEASURES
from services.model_versions.folder import Registry
from services.recommend.local import FILE, recommender_of
from services.recommender.publish import SUFFIX, publish
from training.errors import TrainingError
from training.recommend.asked import TOGETHER
from training.recommend.config import RecommendConfig
from training.recommend.learning import Tell, learn
from training.steps.dataset import source_of
from training.steps.folder import Done, RunFolder, alone, fingerprint, following
from training.steps.register import VERSION, code

EVALUATION = "evaluation.json"


def run(config: RecommendConfig, *, brokers: str | None, tell: Tell, clock: Callable[[], float] = time.time) -> str:
    """What was done, for people. Raises KairosError; what was in force before stays in force. Of two runs at once the second waits."""
    with alone(config.runs, lambda: tell(f"another run of {config.name} is under way in {config.runs}: this one waits until it has ended")):
        return _run(config, brokers=brokers, tell=tell, clock=clock)


def _run(config: RecommendConfig, *, brokers: str | None, tell: Tell, clock: Callable[[], float]) -> str:
    at = int(clock() * 1000)
    folder = RunFolder(following(config.runs))
    folder.put(EVALUATION, {})  # before anything is learned: a folder that cannot be written to is reported at once
    found = learn(source_of(config, brokers=brokers), config.asked(folder.path), tell=tell)
    folder.put(EVALUATION, found)
    _gate(config, found)
    version = _registered(config, folder, found, at=at)
    registry, alias = Registry(config.registry), str(config["alias"])
    if alias == "champion":  # published first: the registry never calls champion what the job would refuse
        publish(config.brokers(brokers), config["control_topic"], folder.path / FILE, store=config.store)
    registry.promote(config.name, version, alias, at=at, by="training")
    said = f"{config.name} {version} is {alias}" + (", and used from now on" if alias == "champion" else "")
    folder.done("recommend", Done(fingerprint=fingerprint(config.document), at=at, seconds=clock() - at / 1000, said=said), finished=True)
    return said


def _gate(config: RecommendConfig, found: Mapping[str, Any]) -> None:
    reached = found["strategies"][TOGETHER]
    low = [f"{name} {reached[name]:.4f}, not {least:g}" for name, least in (config["gate"] or {}).items() if not reached[name] >= least]
    if low:
        problem = f"the recommender stays behind the gate: {', '.join(low)}. It is not registered, and what is in force stays"
        raise TrainingError(problem)


def _registered(config: RecommendConfig, folder: RunFolder, found: Mapping[str, Any], *, at: int) -> str:
    """Into the store and the registry. A version that is there already stays as it is."""
    file = folder.path / FILE
    items = recommender_of(file).count  # raises BadRecommender: nothing is registered that the job would refuse
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        opened.seek(0)
        uri = CatalogueFiles(config.store, suffix=SUFFIX).keep(opened, sha256)
    manifest = {
        "recommender": config.name,
        "version": sha256[:12],
        "uri": uri,
        "sha256": sha256,
        "size": file.stat().st_size,
        "items": items,
        "evaluation": {name: found["strategies"][TOGETHER][name] for name in MEASURES},
    }
    lineage = {"at": at, "run": folder.path.name, "history": found["history"], "code": code(), "config": dict(config.document)}
    Registry(config.registry).add(config.name, manifest, {EVALUATION: folder.read(EVALUATION)}, lineage)
    folder.put(VERSION, {"model": config.name, "version": manifest["version"], "manifest": manifest})
    return str(manifest["version"])
