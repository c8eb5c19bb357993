"""What may be kept only for a purpose goes when the consent to it is missing: before anybody, a condition, a message or a model, has seen it.

It goes in the step in which it came, or in which the consent ended, so it is in no state that is stored. What comes once there is consent is
counted from then on.
"""

from udfs.core.decision.turn import Turn
from udfs.core.policy import consent
from udfs.core.values.names import twins


def forget(turn: Turn) -> None:
    """Drop the sums of features, and the traits, to whose purpose there is no consent."""
    profile, book = turn.profile, turn.book
    for purpose, keys in book.features.bound.items():
        if not profile.features.keys().isdisjoint(keys) and _is_denied(turn, purpose):
            for key in keys:
                profile.features.pop(key, None)
    for trait, purpose in book.policy.traits.items():
        said = [name for name in (trait, *twins(trait)) if name in profile.traits]
        if said and _is_denied(turn, purpose):
            for name in said:
                del profile.traits[name]
                profile.addressed.pop(name, None)


def _is_denied(turn: Turn, purpose: str) -> bool:
    return consent.against(turn.profile, purpose, None, turn.now, turn.book.policy.consent) is not None
