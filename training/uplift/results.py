"""What learning uplift leaves: the model in the store, and a folder with model, manifest and card."""

from pathlib import Path

import msgspec

from training.export import INPUT
from training.manifest import AgreedParity, Manifest, Score, Trained, written
from training.reference import binned, ids
from training.store import Store
from training.uplift.graph import UPLIFT
from training.uplift.learn import Learned
from training.uplift.logged import Logged
from training.uplift.table import NOTHING


def keep(
    logged: Logged, learned: Learned, *, name: str, campaign: str, reward: str, features: str, store: Store, out: Path, at: int
) -> tuple[Manifest, Path]:
    """Write everything. `features`: version of the features; `at`: now, epoch milliseconds. Raises StoreError."""
    uri, sha256 = store.put(learned.exported)
    train = learned.train
    made = Manifest(
        model=name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(learned.exported),
        task="regression",
        classes=list(learned.arms),
        inputs=written(logged.chosen.inputs),
        input=INPUT,
        output=UPLIFT,
        score=Score(index=0),
        feature_version=features,
        trained=Trained(from_=logged.first, to=logged.last, rows=len(train), positives=int((train.y > 0).sum()), at=at),
        metrics={"rows": len(learned.test), "qini": round(learned.qini, 6), "qini_of_chance": round(learned.chance, 6)},
        parity=AgreedParity(rows=len(learned.test), max_abs_difference=learned.difference),
        reference={
            each.feature: binned(train.x[:, n], ids(train.people), texts=None if each.values is None else len(each.values))
            for n, each in enumerate(logged.chosen.inputs)
        },
    )
    folder = out / f"{name}-{made.version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(learned.exported)
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(made.document()), indent=2) + b"\n")
    (folder / "card.md").write_text(card(made, logged, learned, campaign=campaign, reward=reward), encoding="utf-8")
    return made, folder


def card(made: Manifest, logged: Logged, learned: Learned, *, campaign: str, reward: str) -> str:
    """The card as Markdown."""
    test, value = learned.test, learned.value
    what = "the goal is reached" if reward == "conversion" else "the value of the goal"
    lines = [
        f"# {made.model} {made.version}",
        "",
        f"By how much each message of campaign `{campaign}` changes " + ("how likely " if reward == "conversion" else "") + f"{what}.",
        "",
        "| | |",
        "|---|---|",
        f"| file | sha256 `{made.sha256}`, {made.bytes:,} bytes |",
        f"| learner | {learned.title} |",
        f"| learned from | {len(learned.train):,} decisions |",
        f"| evaluated on | {len(test):,} later decisions, about other people |",
        f"| parity | ONNX and learner differ by at most {learned.difference:.1e} over {len(test):,} rows |",
        "",
        "## Evaluation",
        "",
        f"Difference-Qini {learned.qini:.5f}; of random orders, 95 in 100 are below {learned.chance:.5f}.",
        "" if learned.qini > learned.chance else "**Below that, nothing was learned about who is moved: leave the choice to a bandit.**",
        *_compared(learned),
        "| arm | decisions | outcome on average | uplift, median (5 % to 95 %) |",
        "|---|---|---|---|",
        *_arms(learned),
        "",
        f"Acting only on who is moved means on {value.share:.1%} of the decisions. What that is worth for each decision, net of cost, with a 95 %",
        "interval by person:",
        "",
        "| compared with | worth |",
        "|---|---|",
        f"| nobody | {value.over_nobody} |",
        f"| everybody | {value.over_everybody} |",
        f"| as many at random | {value.over_random} |",
        "",
        "## Limits",
        "",
        "It holds for people like those it learned from. It ranks; a single person's uplift is much less sure than the order.",
        *(["", "Left out: " + "; ".join(f"{number:,} {why}" for why, number in logged.left_out.items()) + "."] if logged.left_out else []),
        "",
    ]
    return "\n".join(lines)


def _compared(learned: Learned) -> list[str]:
    """The learners that it was chosen from."""
    if not learned.compared:
        return []
    return [
        f"Chosen by the last {learned.chosen_by:,} of the decisions that the model then learned from, not by those of the evaluation:",
        "",
        "| learner | Qini there |",
        "|---|---|",
        *(f"| {title} | {found:.5f} |" for title, found in learned.compared.items()),
        "",
    ]


def _arms(learned: Learned) -> list[str]:
    import numpy as np

    test = learned.test
    found = []
    for arm, name in enumerate(("nothing", *learned.arms)):
        rows = test.arm == arm
        told = f"{test.y[rows].mean():.4f}" if rows.any() else "—"
        if arm == NOTHING:
            found.append(f"| {name} | {int(rows.sum()):,} | {told} | |")
            continue
        low, middle, high = np.quantile(learned.uplift[:, arm - 1], (0.05, 0.5, 0.95))
        found.append(f"| {name} | {int(rows.sum()):,} | {told} | {middle:.4f} ({low:.4f} to {high:.4f}) |")
    return found
