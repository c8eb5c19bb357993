"""The heartbeat's own metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.heartbeat.beat import Told
from udfs.metrics.services import HEARTBEAT_FAILURES, HEARTBEATS


@contextmanager
def counted(port: int | None, host: str) -> Iterator[Told]:
    """Export during the block what the given function is called with. Without a port nothing is imported: the extra may be missing.

    Raises InvalidInput as services.metrics.serve does.
    """
    if port is None:
        yield lambda topic, stored: None
        return
    from services.metrics.registry import Exported
    from services.metrics.serve import serving

    exported = Exported([HEARTBEATS, HEARTBEAT_FAILURES])

    def told(topic: str, stored: bool) -> None:  # noqa: FBT001 - called by position
        exported.add(HEARTBEATS, stored, topic=topic)
        exported.add(HEARTBEAT_FAILURES, not stored, topic=topic)

    with serving(exported.text, port=port, host=host):
        yield told
