"""Stories of logins for the model of the identity protocol, and the promises that it must keep in every interleaving of each."""

from collections import Counter
from typing import NamedTuple

from tests.identity.explore import Explored, explore
from tests.identity.model import Protocol
from tests.identity.states import IDLE, Record, Rules, State

A, B, U, V, W = "anonymous", "other device", "person", "second person", "new id"
EXACTLY_ONCE, AT_LEAST_ONCE = Rules(), Rules(read_committed=False, barriers=True)

LOGIN = (
    (Record("a1", 1, A, None, "cart"), Record("a1", 3, A, None, "cart")),
    (Record("l1", 2, A, U), Record("u1", 3, None, U, "order")),
)
"""A cart, sent twice; a login, and a purchase right after it."""
LEFT = ((Record("a1", 1, A, None, "cart"),), (Record("l1", 2, A, U), Record("u1", 3, None, U)))
"""A cart, a login, and no purchase."""
LATER = ((Record("a1", 1, A, None, "cart"), Record("a2", 4, A, None)), (Record("l1", 4, A, U),))
"""The login comes in the same millisecond in which the silence of the cart is over."""
AGAIN = ((Record("a1", 1, A, None),), (Record("l1", 2, A, U), Record("l1", 2, A, U), Record("l2", 3, A, U)))
"""The same link, told again and again."""
TWO_DEVICES = ((Record("a1", 1, A, None), Record("b1", 1, B, None)), (Record("l1", 2, A, U), Record("l2", 3, B, U)))
TWO_PEOPLE = ((Record("a1", 1, A, None), Record("a2", 4, A, None)), (Record("l1", 2, A, U),), (Record("l2", 3, A, V),))
BACK = ((Record("a1", 1, A, None),), (Record("l1", 2, A, U), Record("l3", 4, A, U)), (Record("l2", 3, A, V),))
"""Two people take turns on one device."""
ALIAS = ((Record("u1", 2, None, U),), (Record("c1", 2, U, W),))
"""A change of id, and an event that still has the old one."""
CHANGED = ((Record("l1", 1, A, U), Record("u1", 2, None, U)), (Record("c1", 2, U, W),), (Record("a1", 1, A, None, "cart"),))
"""A login, and a change of the person's id: what comes for the old one is passed on."""
STORIES = {
    "login": LOGIN, "left": LEFT, "later": LATER, "again": AGAIN, "two devices": TWO_DEVICES, "two people": TWO_PEOPLE, "back": BACK,
    "alias": ALIAS,
}  # fmt: skip

Story = tuple[tuple[Record, ...], ...]
EVERY = STORIES | {"changed": CHANGED}


class Run(NamedTuple):
    """A story under some rules, to be explored in every interleaving."""

    story: str
    rules: Rules
    breaks: str | None = None
    """Of rules that are spoilt, the law that must be broken by it."""


_SMALL = {"login", "left", "later", "again", "alias"}  # of the others, with barriers, there are millions of states

KEPT: dict[str, Run] = {
    **{f"{name}, exactly once": Run(name, EXACTLY_ONCE._replace(crashes=2, checkpoints=2)) for name in STORIES},
    **{f"{name}, at least once": Run(name, AT_LEAST_ONCE._replace(barriers=name in _SMALL)) for name in STORIES},
    **{f"{name}, with barriers": Run(name, EXACTLY_ONCE._replace(barriers=True)) for name in ("login", "left")},
    "a login and a change of id at once": Run("changed", EXACTLY_ONCE),
    **{f"{name}, an old savepoint": Run(name, EXACTLY_ONCE._replace(restores=1)) for name in sorted(_SMALL)},
    **{f"{name}, no patience": Run(name, EXACTLY_ONCE._replace(patience=2)) for name in ("left", "again", "two devices", "two people")},
}
"""What the protocol promises. At least once is slow to explore."""

_LATE = "a message of the anonymous key after its link"
SPOILT: dict[str, Run] = {
    "an id that was changed passes nothing on": Run("changed", EXACTLY_ONCE._replace(passes_on=False, crashes=0), _LATE),
    "what is passed on does not name its link": Run("alias", AT_LEAST_ONCE._replace(names_link=False), "counted twice"),
    "the same, and an old savepoint": Run("alias", EXACTLY_ONCE._replace(names_link=False, restores=1), "counted twice"),
    "an anonymous key does not hear of its link": Run("left", EXACTLY_ONCE._replace(stub=False), _LATE),
    "a merge id is used again after a crash": Run("login", AT_LEAST_ONCE._replace(fresh_merge_id=False), "lost"),
    "a merge id is used again after an old savepoint": Run("left", EXACTLY_ONCE._replace(fresh_merge_id=False, restores=1), "lost"),
    "a person does not park": Run("login", EXACTLY_ONCE._replace(parking=False), "counted twice"),
    "a snapshot has no ids of what it has counted": Run("login", EXACTLY_ONCE._replace(dedup_memory=False), "counted twice"),
    "an anonymous key that knows nothing does not answer": Run("left", EXACTLY_ONCE._replace(answers_when_empty=False), "deadlock"),
}
"""Protocols that lack a part: each has to be caught."""


def explored(story: Story, rules: Rules) -> Explored:
    protocol = Protocol(story, rules)
    records = [record for part in story for record in part]
    linked = {record.anonymous: record.at for record in sorted(records, key=lambda each: -each.at) if record.anonymous and record.person}
    orders = [record.at for record in records if record.kind == "order"]

    def always(state: State) -> str | None:
        if any(max(Counter(key.counted).values(), default=0) > 1 for _, key in state.keys):
            return "counted twice"
        if any(sent.due >= linked.get(sent.by, sent.due + 1) for sent in state.sent):
            return "a message of the anonymous key after its link"
        once = rules.read_committed and not rules.restores  # what was sent before somebody went back was sent
        if once and max(Counter((sent.born_as, sent.due) for sent in state.sent).values(), default=0) > 1:
            return "a message to both sides"
        if any(sent.due - IDLE <= order <= sent.due for sent in state.sent for order in orders):
            return "a message about a cart that was bought"
        return None

    def at_end(state: State) -> str | None:
        if any(key.parked or key.waits for _, key in state.keys):
            return "deadlock"
        if any(queue for _, queue in state.wires) or any(place < len(part) for place, part in zip(state.offsets, story, strict=True)):
            return "deadlock"
        if rules.passes_on and any(key.person and key.counted for _, key in state.keys):
            return "left with an old id"
        counted = Counter(each for _, key in state.keys for each in key.counted)
        if set(counted) != {record.id for record in records}:
            return "lost"
        if max(counted.values()) > 1:
            return "counted twice"
        if any(key.due for _, key in state.keys) or (story is LEFT and len({(sent.born_as, sent.due) for sent in state.sent}) != 1):
            return "a message that is missing"
        return None

    return explore(protocol.start(), protocol.steps, always=always, at_end=at_end, is_end=lambda names: not {*names} - {"crash", "restore"})


def law(story: Story, rules: Rules) -> str | None:
    broken = explored(story, rules).broken
    return broken.law if broken else None
