"""What customers' profiles hold of campaigns and features that were removed: it goes at the first visit more than 90 days after the removal.

Nothing goes merely because the book lacks it: a record that was refused, or older code, must not forget that somebody was mailed.
"""

from udfs.core.campaigns import entries
from udfs.core.campaigns.book import Book
from udfs.core.profile.state import Profile

KEPT = 90 * 86_400_000
"""For how long what was removed may come back and go on from where it was, milliseconds of record time."""


def forget(profile: Profile, book: Book, now: int) -> None:
    """Drop what was removed long ago. `now`: record time, epoch milliseconds."""
    for campaign, at in book.removed.items():
        if now - at > KEPT:
            entries.forget(profile, campaign)
    for key, at in book.features.removed.items():
        if now - at > KEPT:
            profile.features.pop(key, None)
