"""One connection for questions that are asked again and again: it is made when it is needed, and made again after a failure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.kafka.client import admin


class Connected:
    """What asks a broker with an admin client of its own."""

    def __init__(self, brokers: str, *, connect: Callable[[str], Any] = admin) -> None:
        self._brokers, self._connect = brokers, connect
        self._client: Any = None

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """The client, which is closed if anything fails. Raises KafkaError, KafkaUnavailable or KafkaRefused."""
        self._client = self._client or self._connect(self._brokers)
        try:
            yield self._client
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next question makes another."""
        if self._client is not None:
            self._client.close()
            self._client = None
