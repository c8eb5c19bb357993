"""Where a deployment's records about people are: its broker, and its topics by their names there."""

from dataclasses import dataclass, field

from jobs.options import Options
from udfs.codecs.topics import Topics


@dataclass(frozen=True, kw_only=True)
class Places:
    """What is asked and read. Topics have their usual names unless they are named."""

    brokers: str
    events: str = field(default_factory=lambda: Options().events_topic)
    topics: Topics = field(default_factory=lambda: Options().topics)
    others: tuple[str, ...] = ()
    """Further topics that hold something of people."""

    @staticmethod
    def of(options: Options) -> "Places":
        """Those of a job with these options."""
        return Places(brokers=options.brokers, events=options.events_topic, topics=options.topics)

    @property
    def responses(self) -> str:
        """Where questions are answered."""
        return self.topics["responses"]

    @property
    def erasures(self) -> str:
        """Where notices of erasures are."""
        return self.topics["erasures"]
