"""A denial whose id came before: sent again by whoever delivers events at least once, or said again after something was granted?

What says stop always stops, so it is dropped as a duplicate only where that takes nothing away. It is heard again if the latest word of the
customer is a grant, and the denial, by its own time, does not come before that. A redelivery has its old time, and so takes back nothing
that was granted after it; bytes that say no time are as of their record.
"""

from udfs.core.campaigns.book import Book
from udfs.core.policy import consent, reach
from udfs.core.profile import receipts
from udfs.core.profile.dedup import Checked
from udfs.core.profile.state import Profile
from udfs.core.records import Event


def stops(profile: Profile, event: Event, known: Checked, book: Book) -> bool:
    """Whether a duplicate takes back something that is granted now."""
    if consent.denies(profile, event, book.policy.consent):
        granted = consent.latest_grant(profile)
        if granted is not None and event.at >= granted:
            return True
    proves_nothing = event.derived_id or (known.first is not None and event.at > known.first)
    if (
        proves_nothing
        and event.name in receipts.OUTCOMES
        and not profile.unreachable.keys() >= receipts.closed_by(profile, event, book.known_channels)
    ):
        return True
    return bool(event.traits) and (event.derived_id or event.at > profile.now) and reach.closes(profile, event.traits)
