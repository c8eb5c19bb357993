"""What customers' profiles hold of campaigns and features that were removed: it goes at the first visit more than 90 days after the removal.

Nothing goes merely because the book lacks it: a record that was refused, or older code, must not forget that somebody was mailed.
"""

from udfs.core.campaigns import entries
from udfs.core.campaigns.book import Book
from udfs.core.profile.state import Profile
from udfs.core.values.durations import DAY

KEPT = 90 * DAY
"""For how long what was removed may come back and go on from where it was, milliseconds of record time."""


def forget(profile: Profile, book: Book, now: int) -> None:
    """Drop what was removed long ago. `now`: record time, epoch milliseconds. It looks through the profile, which is bounded, and not through
    everything that was ever removed."""
    if book.removed:
        entries.forget(profile, lambda name: now - book.removed.get(name, now) > KEPT)
    removed = book.features.removed
    for key in [key for key in profile.features if now - removed.get(key, now) > KEPT] if removed else ():
        del profile.features[key]
