"""The `kairos` command: a table of its commands, each loaded only when it is called, so that none pays for another's imports."""

import importlib
import sys
from typing import Any

import click

from cli.told import Group
from services.extras import missing

COMMANDS = {
    "try": ("cli.try_:try_", "decide over a file of events in this process: no cluster, no Java"),
    "campaigns": ("cli.campaigns:campaigns", "check, test, publish, review, list, pause and remove campaigns"),
    "policy": ("cli.policy:policy", "check, publish and show what may be sent, to whom, how often and when"),
    "models": ("cli.models:models", "publish, list, exchange and roll back the models that score"),
    "kill": ("cli.switches:kill", "switch off a campaign, a model, a channel or everything"),
    "revive": ("cli.switches:revive", "switch it on again"),
    "explain": ("cli.explain:explain", "the whole path of a decision, or of a customer's, in words"),
    "audit": ("cli.audit:audit", "who did what to campaigns, policy, models and switches"),
    "up": ("cli.stack:up", "start a local Kafka broker and Flink cluster"),
    "submit": ("cli.submit:submit", "submit the main job, or replace the running one"),
    "status": ("cli.stack:status", "what runs, where, and how it fares"),
    "down": ("cli.stack:down", "stop the job with a savepoint, then everything else"),
    "demo": ("cli.demo:demo", "a small shop and live decisions, in one command"),
    "send": ("cli.send:send", "publish one event typed by hand"),
    "tail": ("cli.tail:tail", "follow actions, decisions, rejected, events, segments or audit"),
    "replay": ("cli.replay:replay", "send history with its own timestamps"),
    "sort": ("cli.replay:sort", "sort a file of events by time"),
    "shop": ("cli.shop:shop", "run the simulated shop against a broker"),
    "schema": ("cli.schema:schema", "what the topics carry, field by field"),
    "doctor": ("cli.stack:doctor", "check this machine and say how to mend it"),
}

EXTRA = dict.fromkeys(("up", "submit", "status", "down", "demo", "doctor"), "services")
"""Command -> the extra that it needs as a whole. Of others each module's own extra is enough."""


class Lazy(Group):
    """A group that knows its commands by name and imports them on use."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; one that needs an extra which is not installed says so in one line."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            line = missing(error, extra=EXTRA.get(ctx.invoked_subcommand or ""))
            if line is None:
                raise
            raise click.ClickException(line) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and lines of help from the table, so that `kairos --help` imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def kairos() -> None:
    """Real-time marketing decisions on Apache Flink."""


def main() -> None:
    """Entry point of the console script: a broken pipe (`kairos … | head`) is no error."""
    try:
        kairos()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
