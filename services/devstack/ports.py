"""Free ports of this machine."""

import random
import socket
import time
from contextlib import ExitStack

FIRST, LAST = 15_000, 32_000
"""Where ports are looked for: below those that systems give to outgoing connections, which could take one before its server has started."""


def is_free(port: int) -> bool:
    """Whether a process could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def becomes_free(port: int, seconds: float = 3.0) -> bool:
    """Whether a port is free now or shortly: the threads of a killed JVM hold its port a little longer than the process lives."""
    deadline = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free(count: int) -> list[int]:
    """`count` different ports on which nothing listens now."""
    chance, found = random.SystemRandom(), list[int]()
    with ExitStack() as probes:
        while len(found) < count:
            probe, port = probes.enter_context(socket.socket()), chance.randrange(FIRST, LAST)
            try:
                probe.bind(("127.0.0.1", port))  # held until all are found, so that they differ
            except OSError:
                continue
            found.append(port)
    return found
