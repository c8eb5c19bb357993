"""What somebody has said not to be interested in, or to be interested in again: a campaign, a topic, a product, a category.

A word is kept under `kind/name`: its time where it declines, and the time with a minus where it takes that back. The latest word counts; of two at
one instant the one that declines.
"""

from collections.abc import Iterator, Mapping

from udfs.core.profile.receipts import message_of
from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.ids import plain_id

DECLINED, WANTED, PREFERENCES = "not_interested", "interested", "preferences_set"
SPOKEN = frozenset({DECLINED, WANTED, PREFERENCES})
FIELDS: Mapping[str, str] = {"campaign": "campaign", "topic": "topic", "product": "product_id", "category": "category"}
"""Kind -> the property that says which."""
MAX_WORDS = 64
"""Beyond it the oldest that take something back give way, then the oldest."""
MAX_NAME = 100


def take(profile: Profile, event: Event) -> None:
    """Take in what an event says. What does not say which one is meant says nothing."""
    for key, declines in _said(profile, event):
        put(profile, key, event.at if declines else -event.at)


def put(profile: Profile, key: str, word: int) -> None:
    """Keep a word, if it is the latest on its subject."""
    held = profile.declined.get(key)
    if held is not None and (abs(held), held) >= (abs(word), word):
        return
    profile.declined[key] = word
    if len(profile.declined) > MAX_WORDS:
        del profile.declined[min(profile.declined, key=lambda each: (profile.declined[each] > 0, abs(profile.declined[each])))]


def is_declined(profile: Profile, kind: str, name: str) -> int | None:
    """Since when somebody is not interested in this; None: they are."""
    word = profile.declined.get(key_of(kind, name), 0)
    return word if word > 0 else None


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
        if told is None and properties.get("about") == kind:
            told = properties.get("value")
        for each in told if isinstance(told, list) else [told]:
            name = plain_id(each) if isinstance(each, (str, int, float)) and not isinstance(each, bool) else ""
            if name:
                found = True
                yield key_of(kind, name), declines
    if not found and (message := message_of(profile.messages, properties)) is not None:
        yield key_of("campaign", message.campaign), declines
