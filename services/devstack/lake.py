"""Submit the lake job to the local cluster: next to the main job, in a TaskManager of its own."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from jobs.lake_options import LakeOptions
from services.devstack import jars
from services.devstack.beside import Submitted, submit_beside
from services.devstack.release import JobCode
from services.devstack.running import Say
from services.devstack.settings import Settings
from services.devstack.submit import require_stack
from udfs.lake.pseudonyms import add_key, read_keys

LAKE = ("lake",)
"""The jars that it needs, by their use in the lock file."""
LAKE_JOB = JobCode(main="jobs.lake")


def folder(settings: Settings) -> Path:
    """The lake of a local stack."""
    return settings.home / "lake"


def keys(settings: Settings) -> Path:
    """The keys of a local stack."""
    return settings.home / "lake.keys"


def submit(
    options: LakeOptions, settings: Settings, *, restore: str = "auto", code: JobCode = LAKE_JOB, say: Say = lambda line: None
) -> Submitted[LakeOptions]:
    """Replace the lake job of this deployment; see `submit_beside`. Raises BadKeys, too."""
    require_stack(settings)
    options = completed(options, settings, say=say)
    reads = [options.topic_of(name) for name in options.table_names]
    return submit_beside(options, settings, code=code, reads=reads, prepare=partial(_fetch, say), restore=restore, say=say)


def _fetch(say: Say) -> None:
    if lacking := len(jars.missing(LAKE)):
        say(f"fetching {lacking} jars into {jars.folder() / 'lake'}")
        jars.fetch(uses=LAKE)


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
    if not options.jars:
        options = replace(options, jars=";".join(f"file://{jars.folder() / jar.use / jar.name}" for jar in jars.locked(LAKE)))
    return options
