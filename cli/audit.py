"""`kairos audit`: who did what to campaigns, policy, models and switches."""

import click
import msgspec

from cli.control import address, broker
from cli.wording import audit_line


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("-n", "--number", type=click.IntRange(min=1), help="Only the last NUMBER changes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per change.")
@broker
def audit(*, name: str | None, number: int | None, as_json: bool, brokers: str | None, topic: str) -> None:
    """Show all changes, oldest first, or those of NAME: a campaign, a model, policy, or a key such as switch/channel/email."""
    from services.control.audit import history

    found = [record for record in history(address(brokers), topic) if name is None or name in {record.key, record.key.partition("/")[2]}]
    for record in found[-number:] if number else found:
        told_so = msgspec.to_builtins(record)
        click.echo(msgspec.json.encode(record).decode() if as_json else audit_line(told_so))
    if not found and not as_json:
        click.echo(f"no change of {name!r} is recorded: `kairos audit` shows all changes" if name else "nothing has been changed yet", err=True)
