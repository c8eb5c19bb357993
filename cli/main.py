"""The `kairos` command: a table of commands. Each is imported only when it is called, so that none pays for another's imports."""

import importlib
import os
import signal
import sys
from typing import Any

import click

from cli.told import Group
from services.extras import missing

COMMANDS = {
    "try": ("cli.try_:try_", "decide over a file of events in this process: no cluster, no Java"),
    "events": ("cli.events:events", "which events arrive, with which properties, and what campaigns wait for in vain"),
    "campaigns": ("cli.campaigns:campaigns", "check, test, publish, review, list, pause and remove campaigns"),
    "policy": ("cli.policy:policy", "check, publish and show what may be sent, to whom, how often and when"),
    "recommender": ("cli.recommender:recommender", "what recommend(…) asks: check, publish, show and remove it"),
    "catalogue": ("cli.catalogue:catalogue", "what the shop sells: check a feed, load it, serve it to the job, look things up"),
    "interest": ("cli.interest:interest", "whom a new price or stock concerns: the job that finds them, and the pace at which they are notified"),
    "models": ("cli.models:models", "publish, list, compare, promote and roll back the models that score"),
    "switch": ("cli.switches:switch", "switch a campaign, a model, a channel or everything off, and on again"),
    "held": ("cli.held:held", "messages that are out of line, and wait for a person: list, release and drop them; the monitor that holds"),
    "check": ("cli.check:check", "whether events are complete, fresh and as many as usual, and features as logged"),
    "explain": ("cli.explain:explain", "the whole path of a decision, or of a customer's, in words"),
    "experiment": ("cli.experiment:experiment", "how many people an experiment needs, and how many days"),
    "lift": ("cli.lift:lift", "what a campaign has brought, against people who got no message by chance"),
    "fairness": ("cli.fairness:fairness", "whether a campaign treats groups of customers alike"),
    "holdout": ("cli.holdout:holdout", "in which groups a customer is: holdout, control groups, variants, and why"),
    "profiles": ("cli.profiles:profiles", "have the job look at profiles of older savepoints, so that they are forgotten in time"),
    "user": ("cli.user:user", "everything that is known of one person: export it, erase it, trace it"),
    "retention": ("cli.retention:retention", "for how long something of people is kept, and what applies it"),
    "arms": ("cli.arms:arms", "what bandits learn: count, publish and show it"),
    "lake": ("cli.lake:lake", "events and decisions as Parquet: fill the lake, ask it in SQL, erase people from it"),
    "report": ("cli.report:report", "what it brought: open, click, conversion, revenue, retention and your own metrics"),
    "audit": ("cli.audit:audit", "who did what to campaigns, policy, models and switches"),
    "up": ("cli.stack:up", "start a local Kafka broker and Flink cluster"),
    "submit": ("cli.submit:submit", "submit the main job, or replace the running one"),
    "upgrade": ("cli.upgrade:upgrade", "new code or other options for a running job; goes back if anything is wrong"),
    "catch-up": ("cli.catch_up:catch_up", "longer checkpoints while a job is far behind, if that is quicker, and the former ones afterwards"),
    "status": ("cli.stack:status", "what runs, where, and in what state"),
    "top": ("cli.top:top", "the main figures of the running jobs, live"),
    "stop": ("cli.stack:stop", "stop one deployment with a savepoint; the others run on"),
    "down": ("cli.stack:down", "stop the job with a savepoint, then everything else"),
    "demo": ("cli.demo:demo", "a small shop and live decisions, in one command"),
    "send": ("cli.send:send", "publish a single event"),
    "tail": ("cli.tail:tail", "follow actions, decisions, rejected, events, segments, outcomes, arms or audit"),
    "rejected": ("cli.rejected:rejected", "send refused records again, once the cause is fixed"),
    "conformance": ("cli.conformance:conformance", "whether a consumer of actions keeps the contract"),
    "replay": ("cli.replay:replay", "send history with its own timestamps"),
    "sort": ("cli.replay:sort", "sort a file of events by time"),
    "shop": ("cli.shop:shop", "run the simulated shop against a broker"),
    "acls": ("cli.acls:acls", "the permissions that each process needs on a secured broker"),
    "schemas": ("cli.schemas:schemas", "register the schemas of what Kairos writes with a schema registry"),
    "schema": ("cli.schema:schema", "the schemas of the topics, field by field"),
    "doctor": ("cli.stack:doctor", "check this machine and say how to fix what is wrong"),
}

RENAMED = {"kill": "cli.switches:kill", "revive": "cli.switches:revive"}
"""Old names of commands, which print the new one. The help does not list them."""
_SERVICES = ("up", "submit", "upgrade", "catch-up", "status", "stop", "down", "demo", "doctor")
EXTRA = {**dict.fromkeys(_SERVICES, "services"), "top": "metrics", "lift": "lake"}
"""Command -> the extra that it needs as a whole. For other commands, each module's own extra is enough."""


class Lazy(Group):
    """A group that knows its commands by name and imports them on use."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. If an extra is not installed, say so in one line."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            line = missing(error, extra=EXTRA.get(ctx.invoked_subcommand or ""))
            if line is None:
                raise
            raise click.ClickException(line) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name, or None."""
        place = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else RENAMED.get(cmd_name)
        if place is None:
            return None
        module, attribute = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help from the table, so that `kairos --help` imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kairos", message="kairos %(version)s")
@click.pass_context
def kairos(context: click.Context) -> None:
    """Real-time marketing decisions on Apache Flink."""
    if os.environ.get("KAIROS_SCHEMA_REGISTRY"):
        from jobs.registry.chosen import using

        context.with_resource(using())


def main() -> None:
    """Entry point of the console script. A broken pipe (`kairos … | head`) is not an error. SIGTERM ends a command as Ctrl-C does: what is under way
    is finished or given back, also where it is the first process of a container, which no signal would end otherwise."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        kairos()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
