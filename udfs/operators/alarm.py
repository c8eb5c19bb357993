"""The alarm of one operator: a line in its log and a metric, if too many of its events were refused lately."""

import logging
import time
from collections.abc import Callable

from udfs.codecs.refusals import Refusals, RejectionLimit
from udfs.core.counts import Counts

log = logging.getLogger(__name__)


class Alarm:
    """Looks at the operator's counts whenever they are published, which is at most once a second."""

    def __init__(self, limit: RejectionLimit, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._refusals = Refusals(limit, now=clock())
        self._refusals.exceeded(clock(), total=0, refused=0)
        self._silent_until = float("-inf")

    def rings(self, counts: Counts, *, errors: int) -> bool:
        """Whether the limit is exceeded: said, and logged, once in each window as long as it is. No customer is named: it goes to a log.

        `errors`: events and timers on which the engine itself failed.
        """
        now, rejected = self._clock(), counts["records_rejected"]
        share = self._refusals.exceeded(now, total=counts["events"] + rejected, refused=rejected + errors)
        if share is None or now < self._silent_until:
            return False
        self._silent_until = now + self._limit.seconds
        log.error("%.0f %% of the events of the last minutes were refused, more than %d %%: see `kairos tail rejected`", share, self._limit.percent)
        return True
