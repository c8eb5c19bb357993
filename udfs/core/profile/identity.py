"""The other ids of a person, and by which of them chance is drawn: she keeps her variants, control groups and holdout when her id changes."""

import msgspec


class Identity(msgspec.Struct, array_like=True, gc=False):
    """What nearly everybody can do without, so it is one field of the profile."""

    linked: dict[str, int] = {}
    """Ids that turned out to be this person -> when (record time). What is known of her includes what was known of them."""
    lot: str = ""
    """The id by which variants, control groups and the holdout are drawn: that of the history that was assigned first. Empty: the own one."""
    lots: dict[str, str] = {}
    """Campaign -> the id by which it is drawn, where another history was assigned to it first."""


NOBODY_ELSE = Identity()
"""Of whom only one id is known. Not to be changed."""


def drawn_by(identity: Identity | None, user_id: str, campaign: str = "") -> str:
    """The id by which a campaign's variant and control group are drawn; without a campaign that of the holdout and of models."""
    return user_id if identity is None else identity.lots.get(campaign) or identity.lot or user_id
