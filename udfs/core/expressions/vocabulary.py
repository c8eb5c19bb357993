"""The names that conditions, values and offers may use, and the Python that reads each from a moment.

`event.*` (properties of the trigger), `user.*` (traits, and id, hour, weekday), `group.*` (the organisation), `cart.*`, `session.*`, `now`,
`score`, every declared feature by its own name or as `features.NAME`, and functions
of literal texts: `seen("event", "7d")`, `in_segment("vip")`, `opened("message or campaign", "7d")` and so on. `intent(event.query)` is written by
`intents.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from udfs.core.expressions import logic, message_history
from udfs.core.expressions.fields import code_of
from udfs.core.expressions.moment import (
    PERIODS,
    Moment,
    Read,
    drawn,
    intent_of,
    item_field,
    last_seen_within,
    local_time,
    path_of,
    products_of,
    recommended,
    session_of,
)
from udfs.core.policy.rules import REMEMBERED
from udfs.core.profile import cart_worth
from udfs.core.recommend.call import Asked as AskedList
from udfs.core.values.durations import MAX_DURATION, SECOND, in_words, parse_duration
from udfs.core.values.problems import did_you_mean

_NAMES: Mapping[str, str] = {
    "cart.id": "((m.cart.name or m.cart.id) if m.cart else None)",
    "cart.value": "cart_value(m.cart, m.policy.currency)",
    "cart.items": "cart_units(m.cart)",
    "cart.lines": "((None if m.cart.doubtful else len(m.cart.items)) if m.cart else 0)",
    "cart.products": "cart_products(m)",
    "cart.currency": "(cart_shown(m.cart, m.policy.currency).currency if m.cart else None)",
    "cart.empty": "(m.cart is None or (None if not m.cart.items else False))",
    "session.events": "session_of(m).events",
    "session.product_views": "session_of(m).product_views",
    "session.started": "session_of(m).started",
    "session.last": "session_of(m).last",
    "session.number": "session_number(m)",
    "session.seconds": "session_seconds(m)",
    "session.longest": "session_longest(m)",
    "session.id": "str(session_of(m).started)",
    "now": "m.now",
    "user.id": "m.user_id",
    "user.hour": "local_hour(m)",
    "user.weekday": "local_weekday(m)",
}
_MOVING = {"user.hour": MAX_DURATION, "user.weekday": MAX_DURATION, "now": MAX_DURATION}
"""Names whose value time alone changes -> for how long after the last event."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _local_hour(moment: Moment) -> int:
    return local_time(moment.profile, moment.now).hour


def _local_weekday(moment: Moment) -> str:
    return WEEKDAYS[local_time(moment.profile, moment.now).weekday()]


def _session_number(moment: Moment) -> int:
    session = moment.profile.session
    return session.number if session else 0


def _session_seconds(moment: Moment) -> int:
    session = session_of(moment)
    return (session.last - session.started) // SECOND


def _session_longest(moment: Moment) -> int:
    session = session_of(moment)
    return max(session.longest, session.last - session.started) // SECOND


def _cart_products(moment: Moment) -> list[dict[str, Any]]:
    """The lines of the cart, with prices in the shop's currency, as all amounts that conditions compare."""
    cart = moment.cart
    return [] if cart is None else products_of(cart, cart_worth.in_base(cart, moment.policy.currency), _completing(moment))


def _completing(moment: Moment) -> Read | None:
    """What completes the lines of a cart for conditions."""
    return moment.items.in_base if moment.items is not None and moment.items.has_catalogue else None


_HELPERS: Mapping[str, Any] = {
    "cart_value": cart_worth.value,
    "cart_units": cart_worth.units,
    "cart_shown": cart_worth.shown,
    "cart_products": _cart_products,
    "session_number": _session_number,
    "session_seconds": _session_seconds,
    "session_longest": _session_longest,
    "session_of": session_of,
    "local_hour": _local_hour,
    "local_weekday": _local_weekday,
    "last_seen_within": last_seen_within,
    "path_of": path_of,
    "item_field": item_field,
    "recommended": recommended,
    "AskedList": AskedList,
    "intent_of": intent_of,
    "drawn": drawn,
    "of_run": message_history.of_run,
    "of_campaign": message_history.of_campaign,
    "part": logic.part,
    "str": str,
    "len": len,
}


MAX_STEPS = 20
"""Events that a path may be made of."""


class Call(NamedTuple):
    """What a function of literal arguments becomes: its code, the name that it reads, and how long after the last event time may change it."""

    code: str
    reads: str
    span: int = 0


@dataclass(frozen=True)
class Vocabulary:
    """What an expression may read where it stands. `features` maps a feature's name to the function that computes it."""

    features: Mapping[str, Callable[[Moment], Any]] = field(default_factory=dict)
    event: bool = True
    """Whether there is a triggering event (a silence has none)."""
    profile: bool = True
    """Whether there is a customer (a feature's filter sees the event alone)."""
    scores: tuple[str, ...] | None = None
    """The scores that a campaign declares; None: there are none to read here. The only one is `score` alone, too."""
    spans: Mapping[str, int] = field(default_factory=dict)
    """Feature -> for how long after a customer's last event time alone may change it, milliseconds."""
    segments: tuple[str, ...] = ()
    """The declared segments that may be asked about."""
    messages: tuple[str, ...] = ()
    """In a journey: its messages, whose names go before those of campaigns."""
    items: bool = False
    """Whether items of the catalogue may be looked up: where a decision says what was read."""
    recommends: bool = False
    """Whether lists of products may be made: where a decision says what was recommended, and its id does not depend on them."""
    intents: bool = False
    """Whether models may be asked what a text means: where a decision says what they said."""

    @property
    def helpers(self) -> dict[str, Any]:
        """The functions that the written code calls."""
        return {**_HELPERS, **{f"feature_{name}": compute for name, compute in self.features.items()}}

    @property
    def functions(self) -> dict[str, Callable[[list[Any]], Call]]:
        """Functions of literal arguments; each raises ValueError with how it is written."""
        if not self.profile:
            return {}
        return {
            "seen": _seen,
            "path": _path,
            "draw": _draw,
            "in_segment": self._in_segment,
            **{word: self._fared(word) for word in message_history.WORDS},
        }

    def span(self, dotted: str) -> int:
        """For how long after a customer's last event time alone may change what a name says, milliseconds."""
        return self.spans.get(dotted.removeprefix("features.")) or _MOVING.get(dotted, 0)

    def read(self, dotted: str) -> str | None:
        """The code that reads a name, None when it is not one."""
        root, _, rest = dotted.partition(".")
        if root == "event" and rest and self.event:
            return _parts("m.properties", rest)
        if not self.profile:
            return None
        if dotted in self.features:
            return f"feature_{dotted}(m)"
        if root == "score" and self.scores and (rest in self.scores or (not rest and len(self.scores) == 1)):
            return f"m.scored({rest or self.scores[0]!r})"
        if dotted in _NAMES:
            return _NAMES[dotted]
        if root == "user" and rest:
            return _parts("m.profile.traits", rest)
        if root == "group" and rest:
            return _parts("m.profile.group", rest)
        if root == "features" and rest in self.features:
            return f"feature_{rest}(m)"
        return None

    def refusal(self, dotted: str) -> str:
        """Why a name is not one here."""
        root = dotted.partition(".")[0]
        if root == "event" and not self.event:
            return f"{dotted}: there is no event here, only a trigger {{event: …}} has one; use cart.*, session.*, user.* or a feature"
        if root == "event":
            return "name the property, such as event.price"
        if root == "score" and self.scores:
            return f"{dotted}: the scores of this campaign are {', '.join(f'score.{name}' for name in self.scores)}"
        if root == "score" and self.scores is not None:
            return "score is read, but no score is declared"
        if dotted == "group":
            return "name what is asked of the organisation, such as group.industry"
        return f"unknown name {dotted!r}"

    def cure(self, dotted: str) -> str | None:
        """What to write instead, where that is known."""
        return "add score: {model: …, cold_start: …}" if self.scores == () and dotted.partition(".")[0] == "score" else None

    def known(self) -> Iterable[str]:
        """Every fixed name, for suggestions."""
        if not self.profile:
            return ["event.price"]
        scores = self.scores
        return [*_NAMES, *(("score",) if scores is not None and len(scores) < 2 else ()), *(f"score.{name}" for name in scores or ()), *self.features]

    def _in_segment(self, arguments: list[Any]) -> Call:
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            message = 'write in_segment("vip"): the name of a segment, as a text'
            raise ValueError(message)
        (name,) = arguments
        if name not in self.segments:
            known = "there are " + ", ".join(self.segments) if self.segments else "none is declared before this"
            message = f"there is no segment {name!r}: {did_you_mean(name, self.segments) or known}"
            raise ValueError(message)
        return Call(f"({name!r} in m.profile.segments)", f"segment:{name}")

    def _fared(self, word: str) -> Callable[[list[Any]], Call]:
        def read(arguments: list[Any]) -> Call:
            if not 1 <= len(arguments) <= 2 or not all(isinstance(argument, str) for argument in arguments):
                message = f'write {word}("win-back", "7d"): a campaign, or a message of this journey, and how far back, as texts'
                raise ValueError(message)
            name, *back = arguments
            window = parse_duration(back[0]) if back else None
            if window is not None and window > REMEMBERED:
                message = f"messages are remembered for {in_words(REMEMBERED)}: {back[0]!r} is further back"
                raise ValueError(message)
            helper = "of_run" if name in self.messages else "of_campaign"
            if helper == "of_campaign" and (near := did_you_mean(name, self.messages, cutoff=0.8)):
                message = f"{name!r} is no message of this journey: {near}"
                raise ValueError(message)
            return Call(f"{helper}(m, {word!r}, {name!r}, {window})", f"{word}:{name}", window or 0)

        return read


def reads_score(names: Iterable[str]) -> bool:
    """Whether one of the names that an expression reads is a score."""
    return any(name.partition(".")[0] == "score" for name in names)


def _parts(root: str, rest: str) -> str:
    return code_of(root, rest.split("."), is_mapping=True)


def _seen(arguments: list[Any]) -> Call:
    usage = 'write seen("order_completed", "7d"): an event name and how far back, as texts'
    if not 1 <= len(arguments) <= 2 or not all(isinstance(argument, str) for argument in arguments):
        raise ValueError(usage)
    window = parse_duration(arguments[1]) if len(arguments) == 2 else None
    return Call(f"last_seen_within(m, {arguments[0]!r}, {window})", f"seen:{arguments[0]}", window or 0)


def _path(arguments: list[Any]) -> Call:
    if not 2 <= len(arguments) <= MAX_STEPS or not all(isinstance(argument, str) for argument in arguments):
        message = f'write path("product_viewed", "product_added", "order_completed"): 2 to {MAX_STEPS} event names, as texts'
        raise ValueError(message)
    return Call(f"path_of(m, {tuple(arguments)!r})", f"seen:{arguments[0]}")


def _draw(arguments: list[Any]) -> Call:
    if not 1 <= len(arguments) <= 2 or not isinstance(arguments[0], str) or (len(arguments) == 2 and arguments[1] not in PERIODS):
        message = f'write draw("survey", "month") < 0.05: a name for the lot, and drawn again in each of {", ".join(PERIODS)}, or once for all'
        raise ValueError(message)
    period = arguments[1] if len(arguments) == 2 else None
    return Call(f"drawn(m, {arguments[0]!r}, {period!r})", f"draw:{arguments[0]}", MAX_DURATION if period else 0)
