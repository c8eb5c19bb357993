"""The model card: purpose, training data, evaluation and limits of a model."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from training.evaluate import Evaluation
from training.goal import Goal
from training.manifest import Manifest, ManifestInput
from udfs.core.values.durations import in_words

TITLES = {"auc": "AUC", "ap": "average precision", "brier": "Brier score (lower is better)"}
LIMITS = [
    "## Limits",
    "",
    "It predicts what people do, not what a message changes: a high score alone is no reason to send one. It is valid for decisions like those",
    "it learned from, as long as customers behave as they did at the time.",
    "",
]


def card(
    manifest: Manifest,
    evaluation: Evaluation,
    *,
    goal: Goal,
    within: int,
    campaign: str,
    history: str,
    settings: str,
    left_out: Mapping[str, str],
    split_at: int,
    last: int,
    moves: Mapping[str, float] | str = "",
    fairness: Sequence[str] = (),
) -> str:
    """The card as Markdown. `fairness`: its section about groups."""
    lines = [
        f"# {manifest.model} {manifest.version}",
        "",
        predicts(goal, within, campaign),
        "",
        *_facts(manifest, evaluation, within=within, history=history, settings=settings, split_at=split_at, last=last),
        *_evaluation(evaluation),
        *_champion(evaluation),
        *_calibration(evaluation),
        *_lift(evaluation),
        *_slices(evaluation),
        *fairness,
        *_moves(moves),
        *_inputs(manifest, left_out),
        *LIMITS,
    ]
    return "\n".join(lines)


def _facts(manifest: Manifest, evaluation: Evaluation, *, within: int, history: str, settings: str, split_at: int, last: int) -> list[str]:
    """The file, and how it came about."""
    trained = manifest.trained
    return [
        "| | |",
        "|---|---|",
        f"| file | sha256 `{manifest.sha256}`, {manifest.bytes:,} bytes |",
        f"| history | {history} |",
        f"| learned from | {trained.rows:,} decisions, {_day(trained.from_)} to {_day(trained.to)}; {trained.positives:,} followed by the goal |",
        f"| evaluated on | {evaluation.rows:,} decisions of {evaluation.users:,} users, {_day(split_at)} to {_day(last)} |",
        f"| base rate | the goal followed {evaluation.share:.1%} of these decisions |",
        f"| embargo | {in_words(within)}: no training row's window overlaps the test period |",
        f"| feature version | `{manifest.feature_version}` |",
        f"| estimator | {settings} |",
        f"| parity | ONNX and estimator differ by at most {manifest.parity.max_abs_difference:.1e} over {manifest.parity.rows:,} rows |",
        f"| trained | {_day(trained.at)} |",
        "",
    ]


def _evaluation(evaluation: Evaluation) -> list[str]:
    """The model against the baseline."""
    rows = (f"| {title} | {evaluation.model[name]} | {evaluation.baseline[name]} | {evaluation.difference[name]} |" for name, title in TITLES.items())
    return [
        "## Evaluation",
        "",
        "95 % bootstrap intervals over users. The baseline is logistic regression on recency and frequency, on the same rows.",
        "",
        "| | model | baseline | difference |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _calibration(evaluation: Evaluation) -> list[str]:
    rows = (f"| {each.low:.3f} to {each.high:.3f} | {each.rows:,} | {each.predicted:.3f} | {each.observed:.3f} |" for each in evaluation.bins)
    return [
        f"Calibration: predicted and observed rates differ by {evaluation.calibration_error:.3f} on average "
        f"over {len(evaluation.bins)} bins (calibration.png).",
        "",
        "| score | rows | foretold | observed |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _inputs(manifest: Manifest, left_out: Mapping[str, str]) -> list[str]:
    """What the model reads, and what it could have read."""
    rows = (f"| {n} | {each.feature} | `{each.definition}` | {_values(each)} |" for n, each in enumerate(manifest.inputs))
    unused = ["Not used: " + "; ".join(f"{name} ({why})" for name, why in left_out.items()) + ".", ""] if left_out else []
    return ["## Inputs", "", "| input | feature | definition | values |", "|---|---|---|---|", *rows, "", *unused]


def _values(each: ManifestInput) -> str:
    """What it may be."""
    return f"the last {each.steps} steps" if each.steps else ", ".join(each.values or []) or "number"


def _champion(evaluation: Evaluation) -> list[str]:
    if not evaluation.champion:
        return []
    rows = (
        f"| {title} | {evaluation.model[name]} | {evaluation.champion[name]} | {evaluation.over_champion[name]} |" for name, title in TITLES.items()
    )
    return ["The champion of that time, on the same rows:", "", "| | model | champion | difference |", "|---|---|---|---|", *rows, ""]


def _lift(evaluation: Evaluation) -> list[str]:
    rows = (f"| {n} | {each.rows:,} | {each.share:.1%} | {each.lift:.2f} | {each.captured:.1%} |" for n, each in enumerate(evaluation.lift, 1))
    head = ["## Lift", "", "Tenths of the test rows, the highest scores first (lift.png).", ""]
    return [*head, "| tenth | rows | reach the goal | lift | reached so far |", "|---|---|---|---|---|", *rows, ""]


def _slices(evaluation: Evaluation) -> list[str]:
    if not evaluation.slices:
        return []
    rows = (
        f"| {each.feature} | {each.value} | {each.rows:,} | {each.share:.1%} | {each.predicted:.1%} | {each.figures.get('auc', '—')} "
        f"| {each.figures.get('ap', '—')} |"
        for each in evaluation.slices
    )
    head = ["## Slices", "", "| feature | value | rows | observed | predicted | AUC | average precision |", "|---|---|---|---|---|---|---|"]
    return [*head, *rows, ""]


def _moves(moves: Mapping[str, float] | str) -> list[str]:
    """Global importance: how much each input moves an answer, on average over test rows."""
    head = ["## What moves the score", ""]
    if isinstance(moves, str):
        return [*head, f"Not known: {moves}.", ""] if moves else []
    said = "How much each feature moves the sum of the trees, before it becomes a probability: the mean of its contribution, in either direction."
    return [*head, said, "", "| feature | moves it by |", "|---|---|", *(f"| {name} | {by:.3f} |" for name, by in moves.items()), ""]


def predicts(goal: Goal, within: int, campaign: str) -> str:
    """What the model predicts, as a sentence."""
    what = " or ".join(f"`{name}`" for name in goal.events)
    found = f"no {what} comes" if goal.absent else f"{what} comes"
    return f"The probability that {found} within {in_words(within)} after a decision of campaign `{campaign}`."


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
