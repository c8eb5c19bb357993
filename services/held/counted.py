"""The metrics of the monitor of anomalies."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.held.watch import HeldWatch
from udfs.metrics.held import HELD_CAMPAIGN, HELD_CAMPAIGNS, HELD_LOOKED, HELD_METRICS


@contextmanager
def counted(port: int | None) -> Iterator[Callable[[HeldWatch], None]]:
    """Export during the block what the given function is called with. Without a port nothing is imported: the extra may be missing.

    Raises InvalidInput as services.metrics.serve does.
    """
    if port is None:
        yield lambda watched: None
        return
    from services.metrics.registry import Exported
    from services.metrics.serve import serving

    exported = Exported(HELD_METRICS)
    exported.add(HELD_CAMPAIGNS, 0)

    def told(watched: HeldWatch) -> None:
        exported.clear(HELD_CAMPAIGN)
        for name in watched.held:
            exported.set(HELD_CAMPAIGN, 1, campaign=name)
        exported.add(HELD_CAMPAIGNS, len(watched.newly))
        exported.set(HELD_LOOKED, time.time())

    with serving(exported.text, port=port):
        yield told
