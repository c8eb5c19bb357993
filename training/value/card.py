"""The card of a model of value: what it predicts, from what it learned, how well it did, and its limits."""

from datetime import UTC, datetime

from training.manifest import Manifest
from training.steps.material import Facts
from training.value.measures import Evaluation
from udfs.core.values.durations import in_words

TITLES = {"mae": "mean absolute error of the value (lower is better)", "rank": "rank correlation"}
MEANS = {
    "value": "what the customer will order, in the shop's currency",
    "orders": "how many orders",
    "alive": "the probability that she still is a customer",
    "order_value": "what one order is worth on average",
}


def card(manifest: Manifest, facts: Facts, figures: Evaluation, *, settings: str) -> str:
    """The card as Markdown."""
    trained = manifest.trained
    lines = [
        f"# {manifest.model} {manifest.version}",
        "",
        f"What a customer will order within {in_words(facts.within)} after a decision. Each number of its answer has a name (`class:`):",
        "",
        *(f"- `{name}`: {MEANS[name]}" for name in map(str, manifest.classes)),
        "",
        "| | |",
        "|---|---|",
        f"| file | sha256 `{manifest.sha256}`, {manifest.bytes:,} bytes |",
        f"| history | {facts.source}, {_day(facts.first)} to {_day(facts.last)}, {facts.events:,} events |",
        f"| learned from | {trained.rows:,} customers, {_day(trained.from_)} to {_day(trained.to)} |",
        f"| evaluated on | {figures.rows:,} customers after {_day(facts.split_at)}; {figures.share:.1%} of them ordered again |",
        f"| left out | {'; '.join(f'{number:,} {why}' for why, number in facts.left_out.items()) or 'nobody'} |",
        f"| estimator | {settings} |",
        f"| parity | ONNX and estimator differ by at most {manifest.parity.max_abs_difference:.1e} over {manifest.parity.rows:,} rows |",
        f"| feature version | `{manifest.feature_version}` |",
        f"| trained | {_day(trained.at)} |",
        "",
        "## Evaluation",
        "",
        "95 % bootstrap intervals over customers. The baseline: repeat orders go on at each customer's own pace, and are worth what they were.",
        "",
        "| | model | baseline | difference |",
        "|---|---|---|---|",
        *(f"| {title} | {figures.model[name]} | {figures.baseline[name]} | {figures.difference[name]} |" for name, title in TITLES.items()),
        "",
        f"All predictions together are {figures.bias:+.1%} off; a customer ordered for {figures.mean:.2f} on average.",
        *([f"The number of orders has a mean absolute error of {figures.orders_mae:.3f}."] if figures.orders_mae is not None else []),
        "",
        "## By forecast",
        "",
        "Tenths of the test customers, the highest forecasts first.",
        "",
        "| tenth | customers | predicted | ordered | share of all so far |",
        "|---|---|---|---|---|",
        *(f"| {n} | {each.rows:,} | {each.predicted:.2f} | {each.observed:.2f} | {each.captured:.1%} |" for n, each in enumerate(figures.tenths, 1)),
        "",
        "## Inputs",
        "",
        "| input | feature | definition | values |",
        "|---|---|---|---|",
        *(f"| {n} | {each.feature} | `{each.definition}` | {', '.join(each.values or []) or 'number'} |" for n, each in enumerate(manifest.inputs)),
        "",
        "## Limits",
        "",
        "It says what customers will probably order, not what a message changes. A customer who has never ordered is worth 0 to BG/NBD: it",
        "knows nothing of her. It is valid as long as customers behave as they did at the time.",
        "",
    ]
    return "\n".join(lines)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
