"""What somebody has said not to be interested in, or to be interested in again: a campaign, a topic, a product, a category.

A word is kept under `kind/name`: its time where it declines, and the time with a minus where it takes that back. The latest word counts; of two at
one instant the one that declines. Where a word that declines finds no room, its whole kind is declined from then on (`kind/*`), so that none is
lost; what somebody has wanted again since is wanted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from udfs.core.items.categories import spelled
from udfs.core.profile.receipts import message_of
from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.ids import plain_id

DECLINED, WANTED, PREFERENCES = "not_interested", "interested", "preferences_set"
SPOKEN = frozenset({DECLINED, WANTED, PREFERENCES})
FIELDS: Mapping[str, str] = {"campaign": "campaign", "topic": "topic", "product": "product_id", "category": "category"}
"""Kind -> the property that says which."""
MAX_WORDS = 64
"""And one for each kind. Beyond it those give way first that take back what its kind does not decline, then those that decline, by age."""
EVERY = "*"
"""Stands for everything of a kind."""
MAX_NAME = 100


def take(profile: Profile, event: Event) -> None:
    """Take in what an event says. What does not say which one is meant says nothing."""
    said: dict[str, bool] = {}
    for key, declines in _said(profile, event):
        said[key] = declines or said.get(key, False)
    for key, declines in said.items() if len(said) <= MAX_WORDS else _in_bulk(profile, said):
        put(profile, key, event.at if declines else -event.at)


def _in_bulk(profile: Profile, said: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    """More words at once than are kept. Where more than that decline, their kind is declined at once; of those that take back, what somebody had
    declined is heard, and of a kind that is declined as many as there is room for."""
    declined = Counter(_every(key) for key, declines in said.items() if declines)
    yield from ((every, True) for every, many in declined.items() if many > MAX_WORDS)
    yield from ((key, True) for key, declines in said.items() if declines and declined[_every(key)] <= MAX_WORDS)
    back = [key for key, declines in said.items() if not declines]
    yield from ((key, False) for key in back if key in profile.declined)
    yield from ((key, False) for key in [each for each in back if _every(each) in profile.declined][:MAX_WORDS])


def put(profile: Profile, key: str, word: int) -> None:
    """Keep a word, if it is the latest on its subject."""
    held = profile.declined.get(key)
    if held is not None and (abs(held), held) >= (abs(word), word):
        return
    profile.declined[key] = word
    named = [each for each in profile.declined if not each.endswith(f"/{EVERY}")]
    if len(named) > MAX_WORDS:
        first = min(named, key=lambda each: (_needed(profile, each), abs(profile.declined[each])))
        if (given_up := profile.declined.pop(first)) > 0:
            put(profile, _every(first), given_up)


def _every(key: str) -> str:
    return f"{key.partition('/')[0]}/{EVERY}"


def _needed(profile: Profile, key: str) -> int:
    """How much is lost with a word: 0 nothing, 1 it can be kept with its kind, 2 that something is wanted of a kind that is declined."""
    word = profile.declined[key]
    return 1 if word > 0 else 2 if -word > profile.declined.get(_every(key), -word) else 0


def is_declined(profile: Profile, kind: str, name: str) -> int | None:
    """Since when somebody is not interested in this; None: they are."""
    word, every = (profile.declined.get(key_of(kind, each), 0) for each in (name, EVERY))
    latest = word if (abs(word), word) >= (abs(every), every) else every
    return latest if latest > 0 else None


def key_of(kind: str, name: str) -> str:
    """Under which a word is kept: names are compared as people write them."""
    return f"{kind}/{' '.join(name.split()).casefold()[:MAX_NAME]}"


def _said(profile: Profile, event: Event) -> Iterator[tuple[str, bool]]:
    properties = event.properties
    if event.name == PREFERENCES:
        topics = properties.get("topics")
        for topic, wanted in topics.items() if isinstance(topics, Mapping) else ():
            if isinstance(wanted, bool) and isinstance(topic, str) and topic.strip():
                yield key_of("topic", topic), not wanted
        return
    declines = event.name == DECLINED
    found = False
    for kind, field in FIELDS.items():
        told = properties.get(field)
        for each in told if isinstance(told, list) else [told]:
            name = plain_id(each) if isinstance(each, (str, int, float)) and not isinstance(each, bool) else ""
            if name:
                found = True
                yield key_of(kind, spelled(name) if kind == "category" else name), declines
    if not found and (message := message_of(profile.messages, properties)) is not None:
        yield key_of("campaign", message.campaign), declines
