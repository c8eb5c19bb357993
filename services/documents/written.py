"""Where things are written in a document: its texts, and the expressions that were compiled from them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.spans import in_milliseconds
from udfs.core.campaigns.steps import Branch, Until, Wait
from udfs.core.expressions.compiler import Expression
from udfs.core.values.problems import Path


def conditions_of(campaign: Campaign) -> list[Expression]:
    """Every condition of a campaign."""
    branches = [step.when for step in campaign.steps.steps.values() if isinstance(step, Branch)] if campaign.steps else []
    return [each for each in (campaign.when, campaign.trigger.becomes, *branches) if each is not None]


def values_of(campaign: Campaign) -> list[Expression]:
    """Every value of a campaign that is computed."""
    offered = [value for variant in campaign.variants for value in (variant.offer or {}).values()]
    waits = [step.lasts for step in campaign.steps.steps.values() if isinstance(step, Wait)] if campaign.steps else []
    until = [each.instant if isinstance(each, Until) else each for each in waits]
    linear = campaign.bandit.linear if campaign.bandit else ()
    gains = (campaign.uplift.worth, *campaign.uplift.costs.values()) if campaign.uplift else ()
    found = (campaign.value, campaign.entry.once_per, *offered, *gains, *until, *linear)
    return [each for each in found if isinstance(each, Expression)]


def placed(document: Mapping[str, Any], expressions: Sequence[Expression]) -> Iterator[tuple[Path, Expression]]:
    """Each expression with the place where it is written first."""
    written = {text: path for path, text in reversed(list(texts((), document)))}
    for expression in expressions:
        path = written.get(expression.source)
        if path is None:  # a wait, whose durations are numbers by now
            path = next((each for text, each in written.items() if each[-1:] == ("wait",) and in_milliseconds(text) == expression.source), ())
        yield path, expression


def texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Every text of a document, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (Mapping, list)):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from texts((*path, key), inner)
