"""What happened to messages, as conditions ask: `opened("hello")` in a journey, `sent("win-back", "7d")` everywhere."""

from collections.abc import Iterable

from udfs.core.expressions.moment import Moment
from udfs.core.profile.state import Message

WORDS = ("sent", "delivered", "opened", "clicked", "dismissed", "bounced")


def of_run(moment: Moment, word: str, message: str, window: int | None) -> bool:
    """Whether this happened to the message of that name, of the run that asks, in the last `window` milliseconds (None: ever)."""
    if not moment.run:
        return False
    mine = (sent for sent in moment.profile.messages if sent.run == moment.run and sent.variant == message)
    return _any(mine, word, None if window is None else moment.now - window)


def of_campaign(moment: Moment, word: str, campaign: str, window: int | None) -> bool:
    """Whether any message of a campaign has; for a member of the holdout those that were held out count, too."""
    in_holdout = moment.in_holdout
    its = (sent for sent in moment.profile.messages if sent.campaign == campaign and (in_holdout or not sent.in_holdout))
    return _any(its, word, None if window is None else moment.now - window)


def _any(messages: Iterable[Message], word: str, since: int | None) -> bool:
    for message in messages:
        at = message.at if word == "sent" else message.outcomes.get(word)
        if at is not None and (since is None or at >= since):
            return True
    return False
