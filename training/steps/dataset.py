"""Step 1: history becomes rows, each with the features as they were at its decision. No row may know what came after it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from training import options
from training.config import Config
from training.history import LINKED, HistorySource, from_file, from_lake, from_topic, is_linked
from training.manifest import written
from training.run import Task, prepare
from training.steps.material import FACTS, ROWS, Facts
from training.steps.step import Run
from training.written import Written

READS = (
    "history",
    "decisions",
    "campaigns",
    "campaign",
    "features",
    "goal",
    "within",
    "split",
    "test_share",
    "anonymous",
    "without",
    "allow",
    "check",
)


def run(run: Run) -> str:
    """Replay, check for leaks, split, and choose the inputs."""
    task = task_of(run.config, brokers=run.brokers)

    def noted(notes: Iterable[str]) -> None:
        for note in notes:
            run.say(note)

    made = prepare(task, noted)
    data, parts = made.data, made.parts
    run.folder.put_lines(ROWS, data.rows)
    facts = Facts(
        source=task.source.name,
        campaign=task.campaign,
        goal=str(run.config.goal),
        within=task.within,
        split_at=parts.at,
        first=data.first,
        last=data.last,
        events=data.events,
        left_out=dict(data.left_out),
        inputs=written(made.chosen.inputs),
        not_used=dict(made.chosen.left_out),
        alone=dict(made.alone),
        feature_version=task.book.features.version,
        definitions={name: feature.definition for name, feature in task.book.features.features.items()},
    )
    run.folder.put(FACTS, facts)
    return f"{data.events:,} events, {len(data.rows):,} rows ({len(parts.train):,} train, {len(parts.test):,} test), {len(facts.inputs)} inputs"


def task_of(config: Config, *, brokers: str | None = None) -> Task:
    """The task that a training file describes. Raises TrainingError for what it names and is not there."""
    book = options.book(config.paths("campaigns"), config.path("features"))
    return Task(
        source=source_of(config, brokers=brokers),
        book=book,
        campaign=options.only(book, config["campaign"]),
        goal=config.goal,
        within=config.within,
        decisions=config.path("decisions"),
        split_at=config.split_at,
        test_share=config.share("test_share"),
        anonymous=config["anonymous"],
        allow=config["allow"] or (),
        without=config["without"] or (),
        checked=config["check"],
        estimator=config["estimator"],
        seed=config["seed"],
    )


def source_of(config: Written, *, brokers: str | None = None) -> HistorySource:
    """The history that a file names: one for training, or for a recommender. Raises HistoryError."""
    history = config["history"] or {}
    return replace(_source_of(config, history, brokers), links_ids=is_linked(history.get("link_ids", LINKED[0])))


def _source_of(config: Written, history: Mapping[str, Any], brokers: str | None) -> HistorySource:
    if "lake" in history:
        return from_lake(history["lake"] if "://" in history["lake"] else str(config.beside(history["lake"])))
    if "file" in history:
        return from_file(config.beside(history["file"]), history.get("format", "jsonl"))
    return from_topic(brokers or history.get("brokers") or options.local_brokers(), history.get("topic", "events"))
