"""A feed from the web, into a file that goes when it has been read. An address is hostile input, and so is what answers.

* Only http and https, and only to public addresses: a redirect must not reach what stands behind the firewall. The address that was checked is the
  one that is connected to. `local` allows others for the address that somebody has typed, and for redirects to the same host.
* At most MAX_REDIRECTS redirects, never from https to http. A login in the address goes to its host alone, and is never printed.
* Time and size of what comes are limited, however slowly or generously the other side sends. Proxies are not used.
"""

import base64
import http.client
import ipaddress
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from services.items.problems import MAX_BYTES, FeedError
from udfs.core.values.errors import Unavailable

MAX_REDIRECTS = 5
CONNECT_S = 10.0
READ_S = 30.0
"""Seconds without a byte."""
WHOLE_S = 1_800.0
"""Seconds for all of it."""
PIECE = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FeedUnavailable(Unavailable):
    """A feed's address does not answer, or not with a feed."""


def is_url(where: str) -> bool:
    """Whether it is an address of the web, and no file."""
    return "://" in where


@contextmanager
def fetched(url: str, *, local: bool = False, most: int = MAX_BYTES, whole_s: float = WHOLE_S, read_s: float = READ_S) -> Iterator[Path]:
    """The feed behind an address, as a file. Raises FeedError for an address that is not asked, FeedUnavailable for one that does not answer."""
    ends = time.monotonic() + whole_s
    with tempfile.NamedTemporaryFile(prefix="kairos-feed-", suffix=".part") as file:
        _fetch(url, file, local=local, most=most, ends=ends, read_s=read_s)
        file.flush()
        yield Path(file.name)


def _fetch(url: str, file: IO[bytes], *, local: bool, most: int, ends: float, read_s: float) -> None:
    first = parts = _parts(url)
    for _ in range(MAX_REDIRECTS + 1):
        is_first_host = parts.hostname == first.hostname
        connection = _connected(parts, local=local and is_first_host, read_s=read_s)
        answer: http.client.HTTPResponse | None = None
        try:
            answer = _asked(connection, parts, login=first if is_first_host else None)
            if answer.status in _REDIRECTS and (target := answer.getheader("Location")):
                after = _parts(urljoin(parts.geturl(), target))
                if parts.scheme == "https" and after.scheme == "http":
                    message = f"{_named(parts)} sends on to http, where everybody can read and change the feed: refused"
                    raise FeedError(message)
                parts = after
                continue
            if answer.status != 200:
                hint = {401: ": it needs a login", 403: ": it needs a login", 404: ": there is nothing there"}.get(answer.status, "")
                message = f"{_named(parts)} answers {answer.status} {answer.reason[:60]}{hint}"
                raise FeedUnavailable(message)
            _copy(answer, file, _named(parts), most=most, ends=ends)
            return
        except (OSError, http.client.HTTPException) as error:
            message = f"{_named(parts)} does not answer properly: {type(error).__name__}: {str(error)[:200]}"
            raise FeedUnavailable(message) from error
        finally:
            if answer is not None:
                answer.close()  # one that ends with its connection owns it
            connection.close()
    message = f"{_named(first)} sends on more than {MAX_REDIRECTS} times: name the address where the feed is"
    raise FeedError(message)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is not a number
    except ValueError as error:
        message = f"the address of the feed cannot be read: {error}"
        raise FeedError(message) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"a feed is a file, or an address that begins with https:// or http://, and not with {parts.scheme[:20]}://"
        raise FeedError(message)
    if any(ord(character) < 33 for character in url):
        message = "the address of the feed has blanks or control characters in it"
        raise FeedError(message)
    return parts


def _connected(parts: SplitResult, *, local: bool, read_s: float) -> http.client.HTTPConnection:
    """A connection to the address that was checked, whatever the name says the next time."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"{_named(parts)}: there is no host of this name ({error})"
        raise FeedUnavailable(message) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not local and (inside := [each for each in addresses if not _is_public(each)]):
        message = f"{_named(parts)} is at {inside[0]}, which is no public address: refused"
        raise FeedError(message, "name a file, or add --local if you mean this machine or network")
    problem: OSError | None = None
    for address in addresses[:4]:
        try:
            plain = socket.create_connection((address, port), timeout=CONNECT_S)
        except OSError as error:
            problem = error
            continue
        plain.settimeout(read_s)
        connection = http.client.HTTPConnection(host, port, timeout=read_s)
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
        except OSError as error:
            plain.close()
            message = f"{_named(parts)}: no secure connection: {error}"
            raise FeedUnavailable(message) from error
        return connection
    message = f"{_named(parts)} cannot be reached: {problem}"
    raise FeedUnavailable(message)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (inner := found.ipv4_mapped or found.sixtofour) is not None:
        found = inner
    return found.is_global and not found.is_multicast


def _asked(connection: http.client.HTTPConnection, parts: SplitResult, *, login: SplitResult | None) -> http.client.HTTPResponse:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc.rpartition("@")[2], "Accept-Encoding": "gzip, identity", "User-Agent": "kairos"}
    if login is not None and login.username:
        told = f"{unquote(login.username)}:{unquote(login.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(told.encode()).decode()}"
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def _copy(answer: http.client.HTTPResponse, file: IO[bytes], name: str, *, most: int, ends: float) -> None:
    """What it answers, as it comes; a body that is gzip is unpacked when it is read."""
    told = answer.getheader("Content-Length")
    length = int(told) if told and told.isdecimal() else None
    taken = 0
    if length is not None and length > most:
        message = f"{name} has {length:,} bytes, and {most:,} are read at most"
        raise FeedError(message)
    while piece := answer.read1(PIECE):
        taken += len(piece)
        if taken > most:
            message = f"{name} has more than {most:,} bytes"
            raise FeedError(message)
        if time.monotonic() > ends:
            message = f"{name} sends too slowly: {taken:,} bytes came, and the time is up"
            raise FeedUnavailable(message)
        file.write(piece)
    if length is not None and taken < length:
        message = f"{name} was cut off: {taken:,} of {length:,} bytes came"
        raise FeedUnavailable(message)


def _named(parts: SplitResult) -> str:
    """An address without its login and its query, which may be a key."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
