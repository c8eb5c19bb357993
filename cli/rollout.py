"""`kairos models rollout` and `kairos models watch`: a new version comes into use step by step, or is taken back."""

import logging
from contextlib import closing
from pathlib import Path

import click

from cli.control import address, broker, signed
from cli.model_versions import now, opened, registry_option
from services.control.signature import Signature
from services.finite import Finite


@click.command()
@click.argument("name")
@click.argument("version", default="")
@click.option(
    "--plan",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A rollout file: steps, gates and guardrails.  [default: as in docs/keys.md]",
)
@click.option("--manifest", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A manifest, of a version that is not registered.")
@click.option("--decisions-topic", default="decisions", show_default=True, help="Topic of decisions, for how a rollout stands.")
@click.option("--outcomes-topic", default="outcomes", show_default=True, help="Topic of outcomes, for the same.")
@registry_option
@broker
@signed
def rollout(
    name: str,
    version: str,
    *,
    file: Path | None,
    manifest: Path | None,
    decisions_topic: str,
    outcomes_topic: str,
    folder: str | None,
    brokers: str | None,
    topic: str,
    signed: Signature,
) -> None:
    """Begin the rollout of a VERSION (or alias) of the model NAME. Without a version: tell how its rollout stands.

    `kairos models watch` moves it on. `kairos models rollback NAME` ends it.
    """
    from services.control.model_records import manifest_of
    from services.control.models import roll_out
    from services.control.rollouts import rollout_of
    from services.rollout.plan import plan_of, read_plan

    if not version and manifest is None:
        _stands(name, address(brokers), topic, decisions_topic, outcomes_topic)
        return
    planned, plan = read_plan(file) if file else (name, plan_of({"rollout": name}))
    if planned != name:
        message = f"{file} is the rollout of {planned!r}, not of {name!r}"
        raise click.ClickException(message)
    registry = opened(folder)
    found = None if manifest else registry.version(name, version)
    if found is not None and found.retired:
        registry.promote(name, found.version, "challenger", at=now())  # which says why not
    document = manifest_of(manifest.read_bytes()) if manifest else found.manifest if found else {}
    if document.get("model") != name:
        message = f"that is a version of {document.get('model')!r}, not of {name!r}"
        raise click.ClickException(message)
    made = roll_out(address(brokers), topic, document, plan, signed=signed)
    began = rollout_of(_document(made.value))
    assert began is not None  # it was just written
    if found is not None:
        registry.promote(name, found.version, "shadow" if began.plan.steps[0] == "shadow" else "challenger", at=now(), by="cli")
    click.echo(f"{name}:{began.version} is {began.stands_at}; `kairos models watch` moves it on")


@click.command()
@click.option("--decisions-topic", default="decisions", show_default=True, help="Topic of decisions.")
@click.option("--outcomes-topic", default="outcomes", show_default=True, help="Topic of outcomes.")
@click.option("--period", type=Finite(0.2, 600), default=2.0, show_default=True, help="Seconds between two looks.")
@click.option("--log-format", type=click.Choice(("text", "json")), help="Text, or JSON: one object a line.")
@registry_option
@broker
def watch(
    *, decisions_topic: str, outcomes_topic: str, period: float, log_format: str | None, folder: str | None, brokers: str | None, topic: str
) -> None:
    """Move rollouts on, or take versions back, as their plans say, until it is stopped. Begun again, it goes on where it was."""
    from services import logs
    from services.rollout.watch import ControlTopic, RecordsTopic, Watch, run

    logs.start("rollout", log_format)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    click.echo(f"watching rollouts on {topic}")
    told: dict[str, str] = {}

    def tell(watched: Watch) -> None:
        for name, running in watched.running.items():
            line = f"{name}:{running.rollout.version} {running.rollout.stands_at}"
            if told.get(name) != line:
                click.echo(line)
                told[name] = line

    with (
        closing(RecordsTopic(address(brokers), decisions_topic)) as decisions,
        closing(RecordsTopic(address(brokers), outcomes_topic)) as outcomes,
    ):
        watched = Watch(ControlTopic(address(brokers), topic), decisions, outcomes, registry=opened(folder))
        try:
            run(watched, period_s=period, told=tell)
        except KeyboardInterrupt:
            click.echo("stopped: rollouts stay where they are")


def _stands(name: str, brokers: str, topic: str, decisions_topic: str, outcomes_topic: str) -> None:
    from services.control.models import by_name
    from services.rollout.watch import ControlTopic, RecordsTopic, Watch

    by_name(brokers, topic, name)  # which says what there is
    with closing(RecordsTopic(brokers, decisions_topic)) as decisions, closing(RecordsTopic(brokers, outcomes_topic)) as outcomes:
        watched = Watch(ControlTopic(brokers, topic), decisions, outcomes, act=False)
        watched.round(now=now())
    running = watched.running.get(name)
    if running is None or running.verdict is None:
        click.echo(f"no version of {name} is on trial")
        return
    rollout, verdict = running.rollout, running.verdict
    click.echo(f"{name}:{rollout.version} is {rollout.stands_at}, step {rollout.step + 1} of {len(rollout.plan.steps)}")
    click.echo(f"  {verdict.act}: {verdict.why}")
    for line in running.tally.reward.lines():
        click.echo(f"  {line}")


def _document(value: bytes | None) -> dict[str, object]:
    import json

    found: dict[str, object] = json.loads(value or b"{}")["document"]
    return found
