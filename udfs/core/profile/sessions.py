"""Sessions: runs of events of one user without a gap of more than 30 minutes."""

from udfs.core.profile.state import Profile, Session
from udfs.core.values.durations import MINUTE

GAP = 30 * MINUTE
VISIT_STARTED = "visit_started"
"""What features may count as an event: the person's first event after more than 30 minutes without any."""


def begin(profile: Profile, at: int) -> Session:
    """The session that an event at `at` belongs to; a gap of more than 30 minutes begins a new one, still empty."""
    session = profile.session
    if session is None or at - session.last > GAP:
        number, longest = (session.number + 1, max(session.longest, session.last - session.started)) if session else (1, 0)
        session = profile.session = Session(started=at, last=at, number=number, longest=longest)
    return session


def count(session: Session, name: str, at: int) -> None:
    """Count one event into its session."""
    session.events += 1
    session.last = max(session.last, at)
    if name == "product_viewed":
        session.product_views += 1
