"""Which schema registry is meant: by a flag, or by the environment, which every process started from here gets, too."""

import os
from pathlib import Path

VARIABLE = "KAIROS_SCHEMA_REGISTRY"


def told(flag: str | None = None) -> str:
    """What the flag says, or else the environment; a file with its whole path. Empty: no registry."""
    said = (flag if flag is not None else os.environ.get(VARIABLE, "")).strip()
    return said if not said or "://" in said else str(Path(said).absolute())
