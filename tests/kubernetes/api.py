"""An API server of Kubernetes that keeps what it gets, as much of it as Flink's client asks for. It starts nothing."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

CONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: here, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: nobody, user: {{}}}}]
contexts: [{{name: here, context: {{cluster: here, user: nobody}}}}]
current-context: here
"""


class Api(ThreadingHTTPServer):
    """Listens on this machine, on any free port. `objects`: those that were created, by kind and name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.asked: list[str] = []

    def config(self, place: Path) -> Path:
        """A kubeconfig that leads here."""
        place.write_text(CONFIG.format(port=self.server_port))
        return place


@contextmanager
def serving() -> Iterator[Api]:
    server = Api()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        *_, plural, name = self.path.partition("?")[0].split("/")
        found = next((each for (kind, called), each in self.server.objects.items() if f"{kind.lower()}s" == plural and called == name), None)
        self._answer(200 if found else 404, found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})

    def do_POST(self) -> None:
        self._stored(201)

    def do_PUT(self) -> None:
        self._stored(200)

    def do_PATCH(self) -> None:
        self._stored(200)

    def _stored(self, code: int) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told["metadata"].setdefault("uid", str(uuid.uuid4()))
        self.server.objects[told["kind"], told["metadata"]["name"]] = told
        self._answer(code, told)

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Log nothing."""
