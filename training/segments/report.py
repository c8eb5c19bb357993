"""The report of a search for segments: what was compared, what was chosen, and what each segment is, in words."""

from collections.abc import Iterator
from datetime import UTC, datetime

from training.manifest import Manifest
from training.segments.customers import Chosen, Customers
from training.segments.find import Found, Trial
from training.segments.tree import Rules
from training.segments.words import Described, number


def report(made: Manifest, people: Customers, chosen: Chosen, found: Found, segments: list[Described], rules: Rules, *, history: str) -> str:
    """The report as Markdown."""
    return "\n".join([*_head(made, people, chosen, found, history), *_each(segments), *_compared(found), *_rules(found, rules), *_limits(chosen)])


def _head(made: Manifest, people: Customers, chosen: Chosen, found: Found, history: str) -> Iterator[str]:
    best = found.best
    yield from (f"# {made.model} {made.version}", "")
    yield f"{len(people.ids):,} customers in {found.rule.segments} segments, by {', '.join(f'`{each.feature}`' for each in chosen.inputs)}."
    yield from ("", "| | |", "|---|---|")
    yield f"| history | {history}, until {datetime.fromtimestamp(people.at / 1000, UTC):%Y-%m-%d} |"
    if people.anonymous:
        yield f"| left out | {people.anonymous:,} people without a user id |"
    if people.rejected:
        yield f"| could not be read | {people.rejected:,} records |"
    yield f"| method | {best.title}, {best.setting}: {found.why} |"
    yield f"| stability | {best.stability:.3f}: mean agreement with segments of other customers of this shop (adjusted Rand index, 1 is the same) |"
    yield f"| served by | {_served(found)} |"
    yield f"| file | sha256 `{made.sha256}`, {made.bytes:,} bytes |"
    yield ""


def _served(found: Found) -> str:
    if found.best.agreement is None:
        return f"the method itself, as ONNX; over {len(found.z):,} customers they differ by at most {found.parity:.1e}"
    same = (found.served == found.best.places).mean()
    return (
        f"a stand-in, as ONNX, since {found.best.title} has no rule for somebody new. On customers it was not made from it agrees in "
        f"{found.best.agreement:.1%}, on those it was made from in {same:.1%}"
    )


def _each(segments: list[Described]) -> Iterator[str]:
    yield from ("## Segments", "", "The picture is segments.png: customers who are alike are near each other.", "")
    for each in segments:
        yield from (f"### {each.name}", "", f"{each.customers:,} customers, {each.share:.1%}. {each.sentence}", "")
    features = sorted(trait.feature for trait in segments[0].traits)
    yield from ("Medians:", "", f"| segment | customers | {' | '.join(features)} |", f"|---|---|{'---|' * len(features)}")
    for each in segments:
        medians = {trait.feature: number(trait.median) for trait in each.traits}
        yield f"| {each.name} | {each.customers:,} | {' | '.join(medians[name] for name in features)} |"
    everybody = {trait.feature: number(trait.everybody) for trait in segments[0].traits}
    yield f"| all customers | {sum(each.customers for each in segments):,} | {' | '.join(everybody[name] for name in features)} |"
    yield ""


def _compared(found: Found) -> Iterator[str]:
    yield from ("## What was compared", "")
    yield "Silhouette and Calinski-Harabasz: the higher the better. Davies-Bouldin and BIC: the lower the better. Agreement: of the stand-in, on"
    yield "customers that it was not made from."
    yield ""
    yield "| method | setting | segments | smallest | outliers | silhouette | Calinski-Harabasz | Davies-Bouldin | stability | agreement | BIC |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for each in found.trials:
        yield _row(each, chosen=each is found.best)
    yield ""


def _row(trial: Trial, *, chosen: bool) -> str:
    name = f"**{trial.title}**" if chosen else trial.title
    scores = trial.scores
    if scores is None:
        return f"| {name} | {trial.setting} | fewer than two | | | | | | | | |"
    figures = f"{scores.silhouette:.3f} | {scores.calinski_harabasz:,.0f} | {scores.davies_bouldin:.3f} | {trial.stability:.3f}"
    agreed = "exact" if trial.agreement is None else f"{trial.agreement:.3f}"
    bic = "" if trial.bic is None else f"{trial.bic:,.0f}"
    return f"| {name} | {trial.setting} | {scores.segments} | {scores.smallest:.1%} | {scores.outliers:.1%} | {figures} | {agreed} | {bic} |"


def _rules(found: Found, rules: Rules) -> Iterator[str]:
    yield from ("## As rules", "")
    yield "A decision tree says the same in conditions: segments-from-tree.yaml. It agrees with the model"
    yield f"on {rules.agreement:.1%} of customers that it was not made from."
    yield ""
    for name, condition in rules.conditions.items():
        yield f"- `{name}`: `{condition}`"
    yield ""


def _limits(chosen: Chosen) -> Iterator[str]:
    if chosen.left_out:
        yield "Not used: " + "; ".join(f"{name} ({why})" for name, why in chosen.left_out.items()) + "."
        yield ""
    yield from ("## Limits", "")
    yield "Segments describe customers; they do not say whom a message changes. Numbers and names of segments are those of this history: a new"
    yield "search may find others, and then conditions that name them have to be changed."
    yield ""
