"""The channels by which somebody can be reached. A campaign may name any; which of them a deployment has is an option of the job."""

import re

CHANNELS = ("email", "sms", "push", "webhook", "in_app", "onsite")
"""The usual ones: what a job has unless its options say otherwise, and what a misspelt name is compared with."""
MAX_LENGTH = 64
"""Characters of a channel's name: it becomes part of a topic's name, and consent is remembered under it."""
MAX_CHANNELS = 20
"""Channels of one variant."""
FORM = f"lower-case letters, digits, '.', '_' and '-', at most {MAX_LENGTH} characters, the first a letter or a digit"

_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_LENGTH - 1}}}")
EVERY = frozenset({"any", "all"})
"""Words that mean every channel, in policies and in events about consent."""


def is_channel(name: object) -> bool:
    """Whether a name can be that of a channel: events, policies and Kafka all know it by the same letters."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None and name not in EVERY


def why_not(name: str) -> str:
    """Say why a name is not that of a channel."""
    return f"{name} means every channel" if name in EVERY else f"a channel's name is made of {FORM}"
