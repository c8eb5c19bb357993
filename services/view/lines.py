"""The live view without a terminal: a plain line from time to time, and the first decision as soon as it arrives."""

from collections.abc import Iterator

from services.view.figures import Figures, Message
from services.view.words import body, head, milliseconds


def progress(figures: Figures) -> str:
    """A line with the current figures."""
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(figures.outcomes().items())) or "none"
    p50, p99 = (milliseconds(figures.after_event.percentile(share)) for share in (0.5, 0.99))
    return f"{figures.events:,} events ({figures.rate:.0f}/s); decisions: {outcomes}; event → decided p50 {p50}, p99 {p99}"


def message_line(message: Message) -> str:
    """A line with one message."""
    return f"{message.channel} to {message.user} ({message.campaign}/{message.variant}): {head(message.content)} | {body(message.content)}"


def summary(figures: Figures, *, now: float) -> Iterator[str]:
    """The totals until `now` (epoch seconds), line by line."""
    seconds = now - figures.began / 1000
    total, sent = figures.decisions.total(), figures.sent.total()
    yield f"{figures.events:,} events, {total:,} decisions, {sent:,} messages; the job ran for {seconds:.0f} s"
    for (campaign, outcome, reason), number in sorted(figures.decisions.items()):
        yield f"  {campaign:<22} {outcome:<9} {reason:<20} {number:>7,}"
    for (campaign, reason), number in sorted(figures.recalled.items()):
        yield f"  {campaign:<22} {'recalled':<9} {reason:<20} {number:>7,}"
    yield from scored_lines(figures)
    for reason, number in figures.rejected.most_common():
        yield f"  {'rejected':<32} {reason:<20} {number:>7,}"
    if figures.set_aside:
        yield f"  {'fields set aside':<53} {figures.set_aside:>7,}"
    if figures.unread:
        yield f"  {'records that the job did not write, not shown':<53} {figures.unread:>7,}"


def scored_lines(figures: Figures) -> Iterator[str]:
    """Scores by source: how many, and their mean."""
    for model, (number, total) in figures.scored.items():
        yield f"  scored by {model:<44} {int(number):>7,}   mean {total / number:.3f}"


def latency_lines(figures: Figures) -> Iterator[str]:
    """Latencies, line by line."""
    for label, latencies in figures.latencies().items():
        yield f"  {label:<40} p50 {milliseconds(latencies.percentile(0.5)):>9}   p99 {milliseconds(latencies.percentile(0.99)):>9}"
