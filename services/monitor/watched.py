"""What the monitor watches: the jobs, and the topics that each reads and writes."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobs.options import Options
from services.devstack.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One job."""

    name: str
    """Its name, which is also its consumer group."""
    events: str
    control: str
    outputs: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Whether it has the live clock, and so needs heartbeats."""
        return self.name.endswith("-live")


def of_options(options: Options) -> Watched:
    """The job that was submitted with these options."""
    return Watched(name=options.identity, events=options.events_topic, control=options.control_topic, outputs=options.outputs)


def of_settings(settings: Settings) -> list[Watched]:
    """The jobs of a local stack that were submitted and not seen to end."""
    known = {job: topics for job, topics in settings.submitted.items() if job in settings.reads}
    return [
        Watched(name=job, events=topics["events"], control=topics["control"], outputs=tuple(filter(None, topics.get("outputs", "").split(","))))
        for job, topics in known.items()
    ]


def distinct(names: Iterable[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(names))
