"""By which shares the groups were drawn, as the published campaigns and policy say. Pure."""

from services.lift.records import ACTED, CONTROL, HELD_OUT, VARIANT, variants_of
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.shares import shares_version


def shares_of(book: Book, campaign: str, against: str, *, treated: str = ACTED) -> tuple[float, float] | None:
    """Of those who were treated and of those they are compared with (arms, as `Decided.is_in` names them); None where the book does not say."""
    found, holdout = book.campaigns.get(campaign), book.policy.holdout
    if found is None:
        return None
    kept = 0.0 if holdout is None or found.name in exempt_of(book) else holdout.share
    acted = (1 - kept) * (1 - found.control_group)
    variants = {} if found.steps else {variant.name: acted * share for variant, share in zip(found.variants, found.shares, strict=True)}
    groups = {ACTED: acted, CONTROL: (1 - kept) * found.control_group, HELD_OUT: kept}

    def of(arm: str) -> float:
        return sum(variants.get(name, 0.0) for name in variants_of(arm)) if arm.startswith(VARIANT) else groups.get(arm, 0.0)

    one, other = of(treated), of(against)
    return (one, other) if one > 0 and other > 0 else None


def drawn_by(book: Book, campaign: str) -> str | None:
    """By which shares that is, in a few letters, as decisions say it; None where the book does not know the campaign."""
    found = book.campaigns.get(campaign)
    return None if found is None else shares_version(book.policy, found)


def programme_shares(book: Book) -> tuple[float, float] | None:
    """Of everybody else and of the holdout."""
    holdout = book.policy.holdout
    return None if holdout is None or not 0 < holdout.share < 1 else (1 - holdout.share, holdout.share)


def exempt_of(book: Book) -> frozenset[str]:
    """Campaigns that the holdout does not stop."""
    holdout = book.policy.holdout
    if holdout is None:
        return frozenset(book.campaigns)
    return frozenset(name for name, each in book.campaigns.items() if each.purpose in holdout.exempt or not holdout.exempt.isdisjoint(each.tags))
