"""What may be kept only for a purpose goes when the consent to it is missing: before anybody, a condition, a message or a model, has seen it.

It goes in the step in which it came, or in which the consent ended, so it is in no state that is stored. When a consent ends by
itself somebody is looked at. What comes once there is consent is counted from then on.
"""

from collections.abc import Iterable

from udfs.core.campaigns.book import Book
from udfs.core.decision.turn import Turn
from udfs.core.policy import consent
from udfs.core.policy.rules import STORAGE
from udfs.core.profile.due import Deferred, Recheck, Step
from udfs.core.profile.state import Profile
from udfs.core.values.names import twins


def forget(turn: Turn, *, of_event: bool = False) -> None:
    """Drop the sums of features, and the traits, to whose purpose there is no consent. `of_event`: what is there has just come, and nothing was made
    of it yet."""
    _forget(turn, turn.profile, of_event=of_event)


def end(turn: Turn) -> None:
    """The same at an instant at which a consent may have ended by itself."""
    forget(turn)
    look_again(turn)


def look_again(turn: Turn) -> None:
    """See that somebody of whom nothing is heard any more is looked at when a consent ends: what is kept by it goes then."""
    purposes = {STORAGE, *turn.book.features.bound, *turn.book.policy.traits.values()}
    ends = [at for purpose in purposes if (at := consent.ends(turn.profile, purpose, turn.now)) is not None]
    if ends and not any(isinstance(due, Recheck) and due.at <= min(ends) for due in turn.profile.due):
        turn.profile.due.append(Recheck(min(ends)))


def before_link(turn: Turn, other: Profile) -> None:
    """The same of both histories that become one. Where one was denied a purpose by its owner, and the other was granted it later, nobody knows
    what the other had summed up before that: where that could be without a word, it goes, too."""
    for each in (turn.profile, other):
        _forget(turn, each)
    rules = turn.book.policy.consent
    for purpose in {*turn.book.features.bound, *turn.book.policy.traits.values()}:
        denied = [_is_denied(turn, each, purpose) for each in (turn.profile, other)]
        if denied[0] != denied[1] and rules.default(purpose):
            for each in (turn.profile, other):
                _drop(turn.book, each, purpose)


def _forget(turn: Turn, profile: Profile, *, of_event: bool = False) -> None:
    book = turn.book
    for purpose, keys in book.features.bound.items():
        if not profile.features.keys().isdisjoint(keys) and _is_denied(turn, profile, purpose):
            _drop_sums(profile, keys)
            if not of_event:
                _drop_made_of_them(profile)
    for trait, purpose in book.policy.traits.items():
        if _said(profile, trait) and _is_denied(turn, profile, purpose):
            _drop_trait(profile, trait)


def _drop(book: Book, profile: Profile, purpose: str) -> None:
    _drop_sums(profile, book.features.bound.get(purpose, ()))
    _drop_made_of_them(profile)
    for trait, bound in book.policy.traits.items():
        if bound == purpose:
            _drop_trait(profile, trait)


def _drop_sums(profile: Profile, keys: Iterable[str]) -> None:
    for key in keys:
        profile.features.pop(key, None)


def _drop_made_of_them(profile: Profile) -> None:
    """Answers of models that may stand for a while, and by what a way was drawn."""
    profile.scores.clear()
    for due in profile.due:
        if isinstance(due, Step | Deferred):
            due.drawn = None


def _drop_trait(profile: Profile, trait: str) -> None:
    for name in _said(profile, trait):
        del profile.traits[name]
        profile.addressed.pop(name, None)


def _said(profile: Profile, trait: str) -> list[str]:
    return [name for name in (trait, *twins(trait)) if name in profile.traits]


def _is_denied(turn: Turn, profile: Profile, purpose: str) -> bool:
    return consent.against(profile, purpose, None, turn.now, turn.book.policy.consent) is not None
