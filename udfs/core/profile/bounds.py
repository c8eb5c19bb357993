"""How much is kept of one customer, where several rooms of core need to know."""

MAX_MESSAGES = 500
"""Messages remembered of one customer."""
MAX_UNDERWAY = 32
"""Messages of one customer that can be called back; the oldest give way."""
MAX_SEEN = 100
"""Names of events."""
MAX_VIEWED = 20
"""Products viewed last."""
