"""A denial whose id came before: sent again by whoever delivers events at least once, or said again after something was granted?

What says stop always stops, so where nobody can tell, it is heard again:

* Bytes that say neither which message they are nor when it happened.
* An id that was used before, by a message that happened after the grant by a time of its own. (A time that is the record's, or is counted back
  from it by `sentAt`, moves with each delivery, and proves nothing.)

Only the latest word counts: if that is a denial, there is nothing to take back. So a redelivery takes back nothing that was granted after it.
"""

from udfs.core.campaigns.book import Book
from udfs.core.policy import consent, reach
from udfs.core.profile import receipts
from udfs.core.profile.dedup import Checked
from udfs.core.profile.state import Profile
from udfs.core.records import Event


def stops(profile: Profile, event: Event, known: Checked, book: Book) -> bool:
    """Whether a duplicate takes back something that is granted now."""
    if not event.bare and (event.derived_id or event.counted_back):
        return False
    if consent.denies(profile, event, book.policy.consent):
        granted = consent.latest_grant(profile)
        if granted is not None and (event.at > granted or (event.bare and event.at == granted)):
            return True
    if (
        (event.bare or (known.first is not None and event.at > known.first))
        and event.name in receipts.OUTCOMES
        and not profile.unreachable.keys() >= receipts.closed_by(profile, event, book.known_channels)
    ):
        return True
    return bool(event.traits) and (event.bare or event.at > profile.now) and reach.closes(profile, event.traits)
