"""An HTTP server for Prometheus: GET /metrics. Outside of this machine only with a token."""

import hmac
import ipaddress
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from udfs.core.values.errors import InvalidInput

LOOPBACK = "127.0.0.1"
TOKEN = "KAIROS_METRICS_TOKEN"
"""The environment variable with the token that readers from elsewhere must send, as `Authorization: Bearer …`."""
MIN_TOKEN = 16
"""Characters: a shorter token can be guessed."""
MAX_PUSH = 16 * 1024 * 1024
"""Bytes of one push: a TaskManager with a thousand campaigns sends about one million."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

log = logging.getLogger("metrics")

Push = Callable[[str, bytes | None], None]
"""Takes what a process pushed, under the path it pushed to; None: the process has ended."""


class Server(ThreadingHTTPServer):
    """Serves `text` to whoever knows the token; anybody on this machine if there is none."""

    daemon_threads = True

    def __init__(self, text: Callable[[], bytes], *, port: int, host: str = LOOPBACK, token: str = "", push: Push | None = None) -> None:
        """A line break after the token, as `echo` leaves it in a file, is no part of it.

        Raises InvalidInput for an address other than loopback without a token, and for a port that is in use.
        """
        if not is_loopback(host) and len(token.strip()) < MIN_TOKEN:
            message = f"metrics on {host} can be read from other machines: set {TOKEN} to a token of at least {MIN_TOKEN} characters"
            raise InvalidInput(message)
        self.text, self.token, self.push = text, token.strip(), push
        try:
            super().__init__((host, port), _Handler)
        except OSError as problem:
            message = f"metrics cannot be served on {host}:{port}: {problem.strerror or problem}. Choose another with --metrics-port"
            raise InvalidInput(message) from problem

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that hangs up is none of our business; of anything else, the log has the type and the places."""
        if not isinstance(sys.exc_info()[1], OSError):
            log.warning("a request for metrics failed", exc_info=True)


@contextmanager
def serving(text: Callable[[], bytes], *, port: int | None, host: str = LOOPBACK, push: Push | None = None) -> Iterator[None]:
    """Serve during the block, with the token of the environment. Without a port, do nothing."""
    if port is None:
        yield
        return
    server = Server(text, port=port, host=host, token=os.environ.get(TOKEN, ""), push=push)
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name other than localhost counts as elsewhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 10
    """Seconds: a reader that says nothing must not hold a thread forever."""

    def do_GET(self) -> None:
        if not self._may():
            return
        if self.path.partition("?")[0] != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND, b"there is only /metrics\n")
            return
        self._answer(HTTPStatus.OK, self.server.text())

    def do_PUT(self) -> None:
        self._pushed()

    def do_POST(self) -> None:
        self._pushed()

    def do_DELETE(self) -> None:
        if not self._may():
            return
        if self.server.push is None:
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"nothing can be pushed here\n")
        else:
            self.server.push(self.path, None)
            self._answer(HTTPStatus.ACCEPTED, b"")

    def _pushed(self) -> None:
        if not self._may():
            return
        length = self.headers.get("Content-Length", "")
        if self.server.push is None:
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"nothing can be pushed here\n")
        elif not length.isdecimal() or int(length) > MAX_PUSH:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"say the length, at most 16 MiB\n")
        else:
            self.server.push(self.path, self.rfile.read(int(length)))
            self._answer(HTTPStatus.ACCEPTED, b"")

    def _may(self) -> bool:
        if "Origin" in self.headers:  # a page in a browser on this machine: no reader of metrics is one
            self._answer(HTTPStatus.FORBIDDEN, b"not for pages\n")
            return False
        token = self.server.token
        if not token or hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
            return True
        self._answer(HTTPStatus.UNAUTHORIZED, b"send the token\n")
        return False

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Log nothing: a line for each scrape says nothing."""
