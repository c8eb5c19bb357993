"""Reading what a process exports, over HTTP."""

import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.client import HTTPException

from services.metrics.serve import TOKEN
from services.metrics.text import Sample, samples
from udfs.core.values.errors import InvalidInput, Unavailable

TIMEOUT_S = 5
MAX_BYTES = 64 * 1024 * 1024


def read(address: str, *, token: str = "") -> list[Sample]:
    """Every value at this address, such as http://127.0.0.1:9250/metrics. Raises Unavailable, and InvalidInput for what is no address or no token.

    No proxy is asked: what is on this machine or in its network does not lie behind one.
    """
    token = token.strip()
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        message = f"{address!r} is not where metrics are: http://host:port/metrics"
        raise InvalidInput(message)
    if not token.isascii() or not token.isprintable():
        message = f"{TOKEN} holds a letter that cannot be sent"
        raise InvalidInput(message)
    try:
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
            return samples(answer.read(MAX_BYTES))
    except urllib.error.HTTPError as problem:
        with problem:
            wants = f": set {TOKEN} to its token" if problem.code == HTTPStatus.UNAUTHORIZED else ""
        message = f"{address} answers {problem.code} {problem.reason}{wants}"
        raise Unavailable(message) from problem
    except OSError as problem:
        message = f"nothing answers at {address} ({getattr(problem, 'reason', problem)})"
        raise Unavailable(message) from problem
    except (ValueError, HTTPException) as problem:
        message = f"what {address} answers are not metrics"
        raise Unavailable(message) from problem
