"""Submit the lake job to the local cluster: next to the main job, in a TaskManager of its own."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.lake_options import LakeOptions, arguments_of
from services.devstack import jars, lifecycle, state
from services.devstack.beside import submit_beside
from services.devstack.launch import SubmitError
from services.devstack.places import Place, uri_of
from services.devstack.release import JobCode
from services.devstack.running import Say
from services.devstack.settings import Settings
from services.kafka.client import end_offsets
from udfs.lake.pseudonyms import add_key, read_keys

LAKE = ("lake",)
"""The jars that it needs, by their use in the lock file."""
LAKE_JOB = JobCode(main="jobs.lake")


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The lake job that runs now."""

    job: str
    restored: Place | None
    options: LakeOptions
    seconds: float


def folder(settings: Settings) -> Path:
    """The lake of a local stack."""
    return settings.home / "lake"


def keys(settings: Settings) -> Path:
    """The keys of a local stack."""
    return settings.home / "lake.keys"


def submit(options: LakeOptions, settings: Settings, *, restore: str = "auto", code: JobCode = LAKE_JOB, say: Say = lambda line: None) -> Submitted:
    """Replace the lake job of this deployment, and return when the new one has completed its first checkpoint. Other jobs run on.

    Raises SubmitError, NotFound for a topic that is missing, BadKeys, KafkaUnavailable.
    """
    began = time.monotonic()
    if lifecycle.missing(settings):
        message = "the local stack does not run: start it with `kairos up`"
        raise SubmitError(message)
    options = completed(options, settings, say=say)
    for name in options.table_names:
        end_offsets(options.brokers, options.topic_of(name))
    if lacking := len(jars.missing(LAKE)):
        say(f"fetching {lacking} jars into {jars.folder() / 'lake'}")
        jars.fetch(uses=LAKE)
    job, point = submit_beside(options.identity, arguments_of(options), settings, restore=restore, code=code, say=say)
    return Submitted(job=job, restored=point, options=options, seconds=time.monotonic() - began)


def completed(options: LakeOptions, settings: Settings, *, say: Say = lambda line: None) -> LakeOptions:
    """The options with the places of the local stack where none are named; a file of keys is made if there is none."""
    if not options.keys:
        if not keys(settings).exists():
            add_key(keys(settings))
            say(f"made {keys(settings)}: whoever has this file can find people in the lake, and without it nobody can be erased from it")
        options = replace(options, keys=str(keys(settings)))
    read_keys(Path(options.keys))
    if not options.lake:
        options = replace(options, lake=str(folder(settings)))
    if "://" not in options.lake:
        options = replace(options, lake=f"file://{Path(options.lake).expanduser().absolute()}")
    if not options.checkpoint_dir:
        options = replace(options, checkpoint_dir=uri_of(state.checkpoints(settings, options.identity)))
    if not options.jars:
        options = replace(options, jars=";".join(f"file://{jars.folder() / jar.use / jar.name}" for jar in jars.locked(LAKE)))
    return options
