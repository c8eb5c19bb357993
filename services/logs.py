"""The log of every service: lines for people, or one JSON object a line for a log collector. Never a record of a customer, never a secret.

What is logged is constant words, with names of topics, jobs, processes and campaigns. An error that we expect is logged with its message.
Of any other, only the type and the places in the code are: its message may quote what was being read. A test holds every call to that.
"""

import argparse
import json
import logging
import os
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

VARIABLE = "KAIROS_LOG_FORMAT"
"""The environment variable with the format, where no option says it: text or json."""
FORMATS = ("text", "json")
TEXT = "%(asctime)s %(levelname)s %(message)s"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add --log-format."""
    parser.add_argument("--log-format", choices=FORMATS, help=f"text, or json: one object a line (default: ${VARIABLE}, or else text)")


def start(service: str, chosen: str | None, *, level: int = logging.WARNING) -> None:
    """Log to stderr, in this format or that of the environment. An error that ends the process, or a thread, is logged without its message. In
    JSON that is one line, and so are warnings of Python.

    Ends the process with a line if the environment names no format.
    """
    wanted = chosen or os.environ.get(VARIABLE) or "text"
    if wanted not in FORMATS:
        sys.exit(f"Error: {VARIABLE} is {wanted!r}: it must be text or json")
    handler = logging.StreamHandler()
    handler.setFormatter(Text(TEXT) if wanted == "text" else Json(service))
    logging.basicConfig(level=level, handlers=[handler], force=wanted == "json")
    logging.captureWarnings(wanted == "json")
    sys.excepthook = _ended
    threading.excepthook = lambda told: _in_thread(told.exc_type, told.exc_value, told.exc_traceback)


class Text(logging.Formatter):
    """Lines for people; of an error, its type and the places in the code, for its message may quote what was read."""

    def formatException(self, ei: Any) -> str:
        """Lines with the places, and the type."""
        kind, _, where = ei
        return "\n".join([*(f"  {place}" for place in _places(where)), kind.__name__ if kind else ""])


class Json(logging.Formatter):
    """One object: time (UTC), level, service, logger, message; of an error, its type and the places in the code."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end. Line breaks inside of a message are escaped, so that nothing can forge a second line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, Any] = {"time": at, "level": record.levelname.lower(), "service": self._service, "logger": record.name}
        line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _ended(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
        return
    logging.getLogger("kairos").critical("the process ends", exc_info=(kind, error, where))


def _in_thread(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    if error is not None and not issubclass(kind, SystemExit):
        logging.getLogger("kairos").critical("a thread ends", exc_info=(kind, error, where))


def _places(where: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(where)]
