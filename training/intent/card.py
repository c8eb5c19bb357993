"""The card of a model of intents: what it knows, how well, what it confuses, and its limits."""

from collections import Counter
from collections.abc import Mapping, Sequence

from training.intent.measures import Measured, Threshold
from training.intent.steps.fit import FitFacts
from training.intent.texts import Text
from training.manifest import Manifest
from udfs.core.features.grams import MAX_CHARACTERS
from udfs.core.features.models import OUT_OF_SCOPE


def card(
    manifest: Manifest, figures: Measured, others: Sequence[Threshold], facts: FitFacts, *, train: Sequence[Text], left_out: Mapping[str, int]
) -> str:
    """The card as Markdown."""
    counted = Counter(each.intent for each in train)
    lines = [
        f"# {manifest.model} {manifest.version}",
        "",
        f"What somebody means who writes something: one of {len(facts.classes):,} intents, or `{OUT_OF_SCOPE}` where none is as probable as",
        f"{facts.threshold:.2f}.",
        "",
        "| | |",
        "|---|---|",
        f"| file | sha256 `{manifest.sha256}`, {manifest.bytes:,} bytes |",
        f"| learned from | {len(train):,} texts |",
        f"| left out | {'; '.join(f'{number:,} {why}' for why, number in left_out.items()) or 'nothing'} |",
        f"| estimator | {facts.estimator}: {facts.settings} |",
        f"| parity | ONNX and estimator differ by at most {manifest.parity.max_abs_difference:.1e} over {manifest.parity.rows:,} texts |",
        "",
        "## Evaluation",
        "",
        f"Of {figures.texts:,} texts in scope {figures.accuracy:.2%} are understood (95 % interval {figures.low:.2%} to {figures.high:.2%});",
        f"{1 - figures.answered:.2%} are found to be out of scope. Mean F1 over intents: {figures.macro_f1:.4f}.",
        *([f"Of {figures.outside:,} texts out of scope {figures.out_of_scope:.2%} are found to be so."] if figures.out_of_scope is not None else []),
        "",
        "Other thresholds, on the same texts:",
        "",
        "| threshold | understood | found in scope | of those out of scope, found to be so |",
        "|---|---|---|---|",
        *(f"| {each.threshold:.1f} | {each.accuracy:.2%} | {each.answered:.2%} | {_share(each.out_of_scope)} |" for each in others),
        "",
        "| means | is confused with | texts |",
        "|---|---|---|",
        *(f"| {each.intent} | {each.taken_for} | {each.texts:,} |" for each in figures.confused),
        "",
        "## Intents",
        "",
        ", ".join(f"{name} ({number:,})" for name, number in sorted(counted.items())),
        "",
        "## Limits",
        "",
        f"It reads the first {MAX_CHARACTERS:,} characters. It knows words and pieces of words, not grammar: a negation may escape it. It was",
        "learned from texts in their language, and is as good in no other.",
        "",
    ]
    return "\n".join(lines)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"
