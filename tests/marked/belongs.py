"""Which personal data belongs where. Everything else that is found is a finding; docs/privacy.md says the same in words."""

from collections.abc import Mapping

from tests.marked.marks import ADDRESSES, EVERY, IDS, TRAITS, Mark

NOTHING = frozenset[Mark]()
STREAMS: Mapping[str, frozenset[Mark]] = {
    "actions": IDS | ADDRESSES | {Mark.FIRST},
    "decisions": IDS,
    "segments": IDS,
    "outcomes": IDS,
    "people": IDS,
    "erasures": IDS,
    "responses": IDS | TRAITS,
    "identity": EVERY,
    "rejected": EVERY,
}
"""By the name of the stream. A message may greet somebody by her first name, where the campaign's content says so. `identity` carries what one key
hands to another, and what it passes on; `rejected` what was refused, as it came, and why, which may quote it."""
STATE = IDS | TRAITS
"""What is stored of a customer: her ids and traits. Nothing of what she wrote, of her browser, or of where she sat."""
WAITING = EVERY
"""What is stored of whoever waits for the history of another id of hers: her events, as they came, until it has come. Checkpoints of that time have
them, and so has the changelog."""
LAKE: Mapping[str, frozenset[Mark]] = {"events": frozenset({Mark.TEXT, Mark.LAST})}
"""Of words that somebody wrote nobody knows what they say (docs/lake.md), and she has signed them."""
