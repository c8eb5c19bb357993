"""The MineThatData e-mail test as decisions that were drawn: of 64,000 customers a third got nothing, an e-mail for men, or one for women."""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.public_data import DATA
from training.uplift.table import Table
from udfs.core.features.model_inputs import Input

FILE = DATA / "hillstrom" / "hillstrom_quintanilla.csv"
PUBLISHED = DATA / "hillstrom_reference" / "ratiobasedcate_hillstrom_results.csv"
ARMS = {"No E-Mail": 0, "Mens E-Mail": 1, "Womens E-Mail": 2}
NUMBERS = ("recency", "history", "mens", "womens", "newbie")
TEXTS = ("channel", "zip_code")
"""`history_segment` says what `history` says."""
TEST_SHARE = 0.2

Numbers = npt.NDArray[np.float64]


def table(file: Path = FILE) -> Table:
    """Every customer; the outcome is a visit. Texts are a column for each of their values."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = [(name, np.array([float(row[name]) for row in rows])) for name in NUMBERS]
    columns += [
        (f"{name}_{value}".lower().replace(" ", "_"), np.array([float(row[name] == value) for row in rows]))
        for name in TEXTS
        for value in sorted({row[name] for row in rows})
    ]
    arm = np.array([ARMS[row["segment"]] for row in rows], dtype=np.int64)
    shares = np.bincount(arm) / len(arm)
    return Table(
        x=np.column_stack([values for _, values in columns]).astype(np.float32),
        inputs=[Input(name, "") for name, _ in columns],
        arm=arm,
        names=["mens", "womens"],
        probabilities=np.tile(shares, (len(arm), 1)),
        y=np.array([float(row["visit"]) for row in rows]),
        people=[str(number) for number in range(len(rows))],
    )


def parts(rows: Table, seed: int) -> tuple[Table, Table]:
    """Train and test as in the published protocol: four fifths and one fifth, drawn by the seed."""
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(rows)), test_size=TEST_SHARE, random_state=seed)
    return rows.take(train), rows.take(test)


def published(learner: str, file: Path = PUBLISHED) -> dict[int, float]:
    """Seed -> difference-Qini of a learner on visits, as published."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            int(row["seed"]): float(row["qini_difference"])
            for row in csv.DictReader(lines)
            if row["dataset"] == "H(Vis)" and row["learner"] == learner
        }
