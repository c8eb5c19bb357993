"""A file of Flink settings for the local stack, and the URI of its state. Neither may hold a secret: Flink shows its settings on its pages."""

import re
from pathlib import Path

from udfs.core.values.errors import InvalidInput

SECRET = re.compile(r"secret|password|access[-._]?key|session[-._]?token|credential(?!s\.provider)", re.IGNORECASE)
URI = re.compile(r"s3a?://[a-z0-9][a-z0-9.-]+(/[^?#@\s]*)?")
LOGIN = re.compile(r"://[^/?#\s]*@")
CURE = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of `kairos up`: docs/state.md"


def read_settings(file: Path) -> dict[str, str]:
    """The settings, key=value in a line. Raises InvalidInput for a line without `=`, and for a secret."""
    found: dict[str, str] = {}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as problem:
        message = f"{file} cannot be read: {problem.strerror}"
        raise InvalidInput(message) from problem
    except UnicodeDecodeError as problem:
        message = f"{file} is not UTF-8"
        raise InvalidInput(message) from problem
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            message = f"{file}, line {number}: write key=value"
            raise InvalidInput(message)
        if SECRET.search(key) or LOGIN.search(value):
            message = f"{file}, line {number}: {key} would be a secret in the clear, and Flink's pages and logs show its settings. {CURE}"
            raise InvalidInput(message)
        found[key] = value
    return found


def checked_uri(uri: str) -> str:
    """A URI of a bucket and folder, without a slash at its end. Raises InvalidInput, also for one with a login in it."""
    if not URI.fullmatch(uri):
        message = f"--state is not s3://BUCKET/FOLDER. {CURE}" if "@" in uri else f"--state is {uri!r}: write s3://BUCKET/FOLDER, or local"
        raise InvalidInput(message)
    return uri.rstrip("/")
