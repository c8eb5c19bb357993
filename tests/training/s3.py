"""As much of S3 as one file needs, on a port of this machine: put (in parts too), copy, look, list, get, delete."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

XML = '<?xml version="1.0"?><{0} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{1}</{0}>'


@contextmanager
def fake_s3() -> Iterator[tuple[int, dict[str, bytes]]]:
    """Its port, and what it holds by path."""
    held: dict[str, bytes] = {}
    parts: dict[int, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | {key.replace("_", "-"): value for key, value in headers.items()}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def body(self) -> bytes:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "aws-chunked" in (self.headers.get("Content-Encoding") or ""):
                return b"".join(re.findall(rb"[0-9a-f]+;chunk-signature=\w+\r\n(.*?)\r\n", data, re.DOTALL))
            return data

        def listing(self) -> bytes:
            bucket, prefix = urlsplit(self.path).path.rstrip("/"), parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
            keys = [path.removeprefix(f"{bucket}/") for path in sorted(held) if path.startswith(f"{bucket}/{prefix}")]
            entry = "<Contents><Key>{}</Key><Size>{}</Size><LastModified>{}</LastModified></Contents>"
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            found = "".join(entry.format(key, len(held[f"{bucket}/{key}"]), now) for key in keys)
            return XML.format("ListBucketResult", f"<KeyCount>{len(keys)}</KeyCount><IsTruncated>false</IsTruncated>{found}").encode()

        def do_DELETE(self) -> None:
            held.pop(unquote(urlsplit(self.path).path), None)
            self.answer(204)

        def do_PUT(self) -> None:
            place, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            if (source := self.headers.get("x-amz-copy-source")) is not None:
                held[unquote(place.path)] = held["/" + unquote(source).lstrip("/")]
                self.answer(200, XML.format("CopyObjectResult", '<ETag>"x"</ETag>').encode())
            elif "partNumber" in query:
                parts[int(query["partNumber"][0])] = self.body()
            else:
                held[unquote(place.path)] = self.body()
            self.answer(200, ETag='"x"')

        def do_POST(self) -> None:
            place = urlsplit(self.path)
            self.body()
            if place.query.startswith("uploads"):
                parts.clear()
                self.answer(200, XML.format("InitiateMultipartUploadResult", "<UploadId>1</UploadId>").encode())
            else:
                held[unquote(place.path)] = b"".join(parts[number] for number in sorted(parts))
                self.answer(200, XML.format("CompleteMultipartUploadResult", '<ETag>"x"</ETag>').encode())

        def do_HEAD(self) -> None:
            found = held.get(unquote(urlsplit(self.path).path))
            if found is None:
                self.answer(404)
            else:
                self.answer(200, found, Last_Modified="Mon, 05 Jan 2026 00:00:00 GMT", ETag='"x"')

        def do_GET(self) -> None:
            found = held.get(unquote(urlsplit(self.path).path))
            if "list-type" in self.path:
                self.answer(200, self.listing())
            elif found is None:
                self.answer(404, XML.format("Error", "<Code>NoSuchKey</Code>").encode())
            else:
                first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "bytes=0-").groups()  # type: ignore[union-attr]
                part = found[int(first) : int(last or len(found)) + 1]
                self.answer(206, part, Content_Range=f"bytes {first}-{int(first) + len(part) - 1}/{len(found)}", ETag='"x"')

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
