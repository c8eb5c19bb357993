"""Addresses of files in a store. They are published with the models at these addresses, so no secret may be in one."""

import re
from urllib.parse import unquote, urlsplit

_SECRET = re.compile(r"(key|secret|token|passw|credential|signature)[^&=]*=", re.IGNORECASE)
"""A parameter that nobody may read."""


def carries_credentials(uri: str) -> bool:
    """Whether a URI holds credentials, those too whose slashes end the host early: `s3://KEY:SE/CRET@bucket`. Buckets have no port.

    Raises ValueError for what is no URI.
    """
    parts = urlsplit(uri)
    if parts.scheme in {"", "file"}:
        return False
    _, colon, port = unquote(parts.netloc).partition(":")
    beside = unquote(f"{parts.query}#{parts.fragment}")
    return "@" in unquote(f"{parts.netloc}{parts.path}") + beside or bool(colon and not port.isdigit()) or bool(_SECRET.search(beside))
