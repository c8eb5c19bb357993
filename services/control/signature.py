"""Who makes a change, and why."""

import getpass
import os
import socket
from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "published", "paused", "resumed", "removed", "killed", "revived", "reviewed", "approved",
    "used", "rolled_out", "rolled_back", "adopted", "switched_off", "switched_on",
    "held", "released", "dropped",
]  # fmt: skip
"""What a change does. `rolled_out`: a version on trial went a step further, or began. `adopted`: an experiment has changed what customers get.
`killed` and `revived` are the old names of the last two: only older audit records have them."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who makes a change, and why."""

    who: str = ""
    """Empty: the person who runs this, see `whoever`."""
    why: str = ""


UNSIGNED = Signature()


def whoever() -> str:
    """The person who runs this: $KAIROS_USER, or user@host."""
    if told := os.environ.get("KAIROS_USER", "").strip():
        return told
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
