"""Submit the interest job to the local cluster: next to the main job, in a TaskManager of its own."""

import time
from dataclasses import dataclass, replace

from jobs.interest_options import InterestOptions, arguments_of
from services.devstack import lifecycle, state
from services.devstack.beside import submit_beside
from services.devstack.launch import SubmitError
from services.devstack.places import Place, uri_of
from services.devstack.release import JobCode
from services.devstack.running import Say
from services.devstack.settings import Settings
from services.interest import news
from services.items import changes
from services.kafka.client import end_offsets, ensure_topics

INTEREST_JOB = JobCode(main="jobs.interest")


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The interest job that runs now."""

    job: str
    restored: Place | None
    options: InterestOptions
    seconds: float


def submit(options: InterestOptions, settings: Settings, *, restore: str = "auto", say: Say = lambda line: None) -> Submitted:
    """Replace the interest job of this deployment, and return when the new one has completed its first checkpoint. Other jobs run on.

    Raises SubmitError, NotFound for a topic that is missing, KafkaUnavailable.
    """
    began = time.monotonic()
    if lifecycle.missing(settings):
        message = "the local stack does not run: start it with `kairos up`"
        raise SubmitError(message)
    end_offsets(options.brokers, options.events_topic)
    ensure_topics(options.brokers, [changes.topic(options.changes_topic), news.topic(options.interest_topic)])
    if not options.checkpoint_dir:
        options = replace(options, checkpoint_dir=uri_of(state.checkpoints(settings, options.identity)))
    job, point = submit_beside(options.identity, arguments_of(options), settings, restore=restore, code=INTEREST_JOB, say=say)
    return Submitted(job=job, restored=point, options=options, seconds=time.monotonic() - began)
