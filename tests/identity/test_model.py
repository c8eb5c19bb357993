"""The identity protocol keeps its promises in every interleaving; a protocol that lacks a part of it is caught."""

from collections import Counter

import pytest

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
        if rules.read_committed and max(Counter((sent.born_as, sent.due) for sent in state.sent).values(), default=0) > 1:
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


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_nothing_is_lost_doubled_or_stuck_with_exactly_once(story: Story) -> None:
    found = explored(story, EXACTLY_ONCE._replace(crashes=2, checkpoints=2))
    assert found.broken is None
    assert found.ends > 0


@pytest.mark.parametrize("story", [AGAIN, TWO_PEOPLE, BACK], ids=["again", "two people", "back"])
def test_an_id_that_is_asked_again_for_each_new_person_would_do_no_harm_either(story: Story) -> None:
    assert law(story, EXACTLY_ONCE._replace(asks_again=True, crashes=2, checkpoints=2)) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_nothing_is_lost_doubled_or_stuck_with_at_least_once(name: str) -> None:
    is_small = name in {"login", "left", "later", "again", "alias"}  # of the others, with barriers, there are millions of states
    found = explored(STORIES[name], AT_LEAST_ONCE._replace(barriers=is_small))
    assert found.broken is None
    assert found.ends > 0


@pytest.mark.parametrize("story", [LOGIN, LEFT], ids=["login", "left"])
def test_a_checkpoint_that_travels_as_barriers_makes_no_difference_to_exactly_once(story: Story) -> None:
    assert law(story, EXACTLY_ONCE._replace(barriers=True)) is None


def test_a_login_and_a_change_of_id_at_once_lose_nothing() -> None:
    assert law(CHANGED, EXACTLY_ONCE) is None


@pytest.mark.parametrize("story", [LOGIN, LEFT, LATER, AGAIN, ALIAS], ids=["login", "left", "later", "again", "alias"])
def test_whoever_goes_back_to_an_old_savepoint_reads_old_answers_and_is_not_misled(story: Story) -> None:
    assert law(story, EXACTLY_ONCE._replace(restores=1)) in (None, "a message to both sides")  # what was sent before the restore was sent


@pytest.mark.parametrize("story", [LEFT, AGAIN, TWO_DEVICES, TWO_PEOPLE], ids=["left", "again", "two devices", "two people"])
def test_a_person_who_loses_patience_loses_and_doubles_nothing(story: Story) -> None:
    assert law(story, EXACTLY_ONCE._replace(patience=2)) is None


def test_only_what_is_sent_again_meanwhile_is_counted_twice_by_a_person_who_loses_patience() -> None:
    assert law(LOGIN, EXACTLY_ONCE._replace(patience=1)) == "counted twice"
    assert law((LOGIN[0][:1], LOGIN[1]), EXACTLY_ONCE._replace(patience=2)) is None


def test_what_an_id_says_after_its_login_settles_what_was_due_where_it_is_read_first() -> None:
    overtaken = ((Record("a1", 1, A, None, "cart"), Record("a2", 6, A, None)), (Record("l1", 2, A, U),))
    assert law(overtaken, EXACTLY_ONCE) == "a message of the anonymous key after its link"


def test_an_id_that_was_changed_and_passes_nothing_on_is_caught() -> None:
    assert law(CHANGED, EXACTLY_ONCE._replace(passes_on=False, crashes=0)) == "a message of the anonymous key after its link"


def test_what_is_passed_on_without_a_word_of_its_link_is_caught() -> None:
    assert law(ALIAS, AT_LEAST_ONCE._replace(names_link=False)) == "counted twice"
    assert law(ALIAS, EXACTLY_ONCE._replace(names_link=False, restores=1)) == "counted twice"


def test_an_anonymous_key_that_does_not_hear_of_its_link_is_caught() -> None:
    assert law(LEFT, EXACTLY_ONCE._replace(stub=False)) == "a message of the anonymous key after its link"
    assert law(LOGIN, EXACTLY_ONCE._replace(stub=False)) is not None


def test_a_merge_id_that_does_not_tell_one_life_from_another_is_caught() -> None:
    assert law(LOGIN, AT_LEAST_ONCE._replace(fresh_merge_id=False)) == "lost"
    assert law(LEFT, EXACTLY_ONCE._replace(fresh_merge_id=False, restores=1)) == "lost"


def test_a_person_who_does_not_park_is_caught() -> None:
    assert law(LOGIN, EXACTLY_ONCE._replace(parking=False)) == "counted twice"


def test_a_snapshot_without_the_ids_that_it_has_counted_is_caught() -> None:
    assert law(LOGIN, EXACTLY_ONCE._replace(dedup_memory=False)) == "counted twice"


def test_an_anonymous_key_that_does_not_answer_when_it_knows_nothing_is_caught() -> None:
    assert law(LEFT, EXACTLY_ONCE._replace(answers_when_empty=False)) == "deadlock"


def test_what_was_not_explored_to_the_end_does_not_pass() -> None:
    protocol = Protocol(LOGIN, EXACTLY_ONCE)
    with pytest.raises(OverflowError, match="more than 10 states"):
        explore(protocol.start(), protocol.steps, always=lambda _: None, at_end=lambda _: None, is_end=lambda names: not names, limit=10)


def test_a_broken_law_comes_with_the_shortest_way_to_it() -> None:
    broken = explored(LEFT, EXACTLY_ONCE._replace(answers_when_empty=False)).broken
    assert broken is not None
    assert broken.law == "deadlock"
    assert broken.steps.index("link at anonymous") < broken.steps.index("l1 at person")
    assert "answer" not in " ".join(broken.steps)
