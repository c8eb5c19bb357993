"""Who makes a change, which, and why; knows nothing of where it is written."""

import getpass
import os
import socket
from dataclasses import dataclass
from typing import Literal

Act = Literal["published", "paused", "resumed", "removed", "killed", "revived", "reviewed", "approved", "used", "rolled_back"]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who makes a change, and why."""

    who: str = ""
    """Empty: whoever runs this, see `whoever`."""
    why: str = ""


UNSIGNED = Signature()


def whoever() -> str:
    """Name who runs this: $KAIROS_USER, else user@host."""
    if told := os.environ.get("KAIROS_USER", "").strip():
        return told
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run a user that has no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
