"""The pacer's own metrics."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.interest.service import Figures
from udfs.metrics.interest import INTEREST_DELAY, INTEREST_ENDED, INTEREST_METRICS, INTEREST_RATE, INTEREST_WAITING


@contextmanager
def counted(port: int | None) -> Iterator[Callable[[Figures], None]]:
    """Export during the block what the given function is called with. Without a port nothing is imported: the extra may be missing.

    Raises InvalidInput as services.metrics.serve does.
    """
    if port is None:
        yield lambda figures: None
        return
    from services.metrics.registry import Exported
    from services.metrics.serve import serving

    exported = Exported(INTEREST_METRICS)

    def told(figures: Figures) -> None:
        exported.set(INTEREST_WAITING, figures.waiting)
        exported.set(INTEREST_RATE, figures.rate)
        exported.set(INTEREST_DELAY, -1 if figures.delay_s is None else figures.delay_s)
        for (event, how), count in figures.done.items():
            exported.add(INTEREST_ENDED, count, event=event, ended=how)

    with serving(exported.text, port=port):
        yield told
