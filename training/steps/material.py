"""What the dataset step leaves to the others: the rows, where they are split, and which inputs were chosen."""

from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from training.inputs import Chosen, Floats, matrix
from training.manifest import ManifestInput, read
from training.rows import Row
from training.split import Split, split
from training.steps.step import Run

ROWS, FACTS = "rows.jsonl", "dataset.json"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`dataset.json`. Times are epoch milliseconds."""

    source: str
    campaign: str
    goal: str
    within: int
    split_at: int
    first: int
    last: int
    events: int
    left_out: dict[str, int]
    """Why rows were left out -> how many."""
    inputs: list[ManifestInput]
    not_used: dict[str, str]
    """Feature -> why no model reads it."""
    alone: dict[str, float]
    """Feature -> the AUC of that feature alone."""
    feature_version: str
    definitions: dict[str, str]
    """Feature -> the hash of its definition."""


@dataclass(frozen=True)
class Material:
    """The rows of a run, ready to be learned from."""

    facts: Facts
    rows: list[Row]
    parts: Split[Row]
    chosen: Chosen

    def train(self) -> Floats:
        """The inputs of the training rows."""
        return matrix(self.chosen.inputs, self.parts.train)

    def test(self) -> Floats:
        """The inputs of the test rows."""
        return matrix(self.chosen.inputs, self.parts.test)


def material(run: Run) -> Material:
    """Read what the dataset step has made. Raises TrainingError if it was not run."""
    facts, rows = run.folder.get(FACTS, Facts), run.folder.get_lines(ROWS, Row)
    chosen = Chosen(inputs=read(facts.inputs), left_out=facts.not_used)
    return Material(facts, rows, split(rows, at=facts.split_at, within=facts.within), chosen)


def saved(run: Run, name: str, found: npt.NDArray[np.float64]) -> None:
    """Write the estimator's answers: a row of probabilities for each test row."""
    run.folder.put(name, found.tolist())


def answers(run: Run, name: str) -> npt.NDArray[np.float64]:
    """Read answers that `saved` wrote."""
    return np.array(run.folder.get(name, list[list[float]]), dtype=np.float64)
