"""What control points to, in this process: fetched in the background, and put in force by one assignment between two decisions.

While a version is on its way, or if it is refused, the one before stays in force.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from udfs.core.items.published import Layer, Published
from udfs.core.values.errors import Unavailable

AGAIN_S = (1.0, 5.0, 30.0)
"""Seconds after which a version that could not be fetched is tried again: the store may be away for a while."""

log = logging.getLogger(__name__)

Tell = Callable[[str], None]


class Versioned(Protocol):
    """What is in force, or what stands for it with the reason why nothing is."""

    @property
    def version(self) -> str | None:
        """None: nothing is in force."""
        ...


Part = TypeVar("Part")
Whole = TypeVar("Whole", bound=Versioned)


class Kind(Generic[Part, Whole]):
    """What it is that is followed."""

    def __init__(
        self,
        what: str,
        *,
        read: Callable[[Layer], Part],
        whole: Callable[[Sequence[Part], str], Whole],
        nothing: Whole,
        loading: Whole,
        refused: Whole,
    ) -> None:
        """`what`: its name, for logs. `read` returns a verified file or raises Unavailable; `whole` makes a version of its files. `nothing`,
        `loading` and `refused` stand where no version is in force."""
        self.what, self.read, self.whole = what, read, whole
        self.nothing, self.loading, self.refused = nothing, loading, refused


class Followed(Generic[Part, Whole]):
    """Follows what control says. `current` is what is in force."""

    def __init__(self, kind: Kind[Part, Whole], tell: Tell, *, again_s: tuple[float, ...] = AGAIN_S) -> None:
        """`tell` takes what is to be reported on `rejected`."""
        self.current: Whole = kind.nothing
        self._kind, self._tell, self._again_s = kind, tell, again_s
        self._wanted: Published | None = None
        self._refused: Published | None = None
        self._parts: dict[str, Part] = {}
        """Those of the version in force, by hash: a change of prices leaves the lowest one as it is."""
        self._changed = threading.Condition()
        self._running = False

    def follow(self, published: Published | None, *, wait: float = 0.0) -> None:
        """Put this version in force as soon as it is there. `wait`: how many seconds to wait for it at most; used at a start, so that the first
        event sees the catalogue as the last one before did."""
        with self._changed:
            if published != self._wanted:
                self._want(published)
            if published is None or published.version == self.current.version:
                return
            if not self._running:  # one that was refused is tried again when it is published again
                self._running = True
                threading.Thread(target=self._load, name=f"load the {self._kind.what}", daemon=True).start()
            if wait:
                self._changed.wait_for(lambda: not self._running or not self._is_loading(published), timeout=wait)

    def _want(self, published: Published | None) -> None:
        self._wanted = published
        if published is None:
            self.current, self._parts = self._kind.nothing, {}
        elif self.current.version is None:
            self.current = self._kind.loading

    def _is_loading(self, wanted: Published) -> bool:
        """Whether this version is on its way, and nothing is known against it."""
        return self._wanted == wanted and self.current.version != wanted.version and self._refused != wanted

    def _load(self) -> None:
        """Load what is wanted until that is in force. One thread at a time, so that versions come one after the other."""
        failed: Published | None = None
        tries = 0
        while True:
            with self._changed:
                wanted = self._wanted
                if wanted is None or wanted.version == self.current.version or (wanted == failed and tries > len(self._again_s)):
                    self._running = False
                    self._changed.notify_all()
                    return
            if wanted != failed:
                tries = 0
            elif tries:
                self._pause(self._again_s[tries - 1], wanted)
            tries += 1
            try:
                parts = {layer.sha256: self._parts.get(layer.sha256) or self._kind.read(layer) for layer in wanted.layers}
                made = self._kind.whole(list(parts.values()), wanted.version)
            except BaseException as error:  # a thread that dies silently would leave the old version in force for good
                if failed != wanted:
                    self._tell(str(error) if isinstance(error, Unavailable) else f"{type(error).__name__}: {error}")
                failed = wanted
                self._refuse(wanted)
                if not isinstance(error, Exception):
                    with self._changed:
                        self._running = False  # what is published next begins another
                    raise
                continue
            self._put_in_force(wanted, parts, made)

    def _put_in_force(self, wanted: Published, parts: dict[str, Part], made: Whole) -> None:
        with self._changed:
            if wanted != self._wanted:
                return  # another one was published meanwhile
            self._parts, self._refused = parts, None
            self.current = made
            self._changed.notify_all()
        log.info("%s %s is in force: %s items in its files", self._kind.what, wanted.version, [layer.items for layer in wanted.layers])

    def _refuse(self, wanted: Published) -> None:
        with self._changed:
            self._refused = wanted
            if wanted == self._wanted and self.current.version is None:
                self.current = self._kind.refused
            self._changed.notify_all()

    def _pause(self, seconds: float, wanted: Published) -> None:
        """Wait before the next try, unless another version is wanted meanwhile."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._wanted == wanted and (left := until - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.2))
