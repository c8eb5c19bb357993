"""Step 8: the version gets its alias. A champion is published: the job uses it within a second."""

import msgspec

from services.model_versions.place import opened
from training import options
from training.steps.register import VERSION
from training.steps.step import Run

READS = ("alias", "control_topic")


class Named(msgspec.Struct, frozen=True):
    """What the register step says of the version."""

    model: str
    version: str
    manifest: dict[str, object]


def run(run: Run) -> str:
    """Promote, and publish a champion first: the registry never calls champion what the job refused."""
    found, alias = run.folder.get(VERSION, Named), run.config["alias"]
    if alias == "champion":
        from services.control.models import publish

        brokers = run.brokers or (run.config["history"] or {}).get("brokers") or options.local_brokers()
        publish(brokers, run.config["control_topic"], found.manifest, by="training")
    opened(run.config.registry).promote(found.model, found.version, alias, at=run.at, by="training")
    return f"{found.model} {found.version} is {alias}" + (", and used from now on" if alias == "champion" else "")
