"""`kairos audit`: who did what to campaigns, policy, models and switches."""

import click
import msgspec

from cli.control import address, broker
from cli.wording import audit_line


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("-n", "--number", type=click.IntRange(min=1), help="Only the last so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change.")
@broker
def audit(*, name: str | None, number: int | None, as_json: bool, brokers: str | None, topic: str) -> None:
    """Who did what, oldest first; of everything, or of NAME: a campaign, a model, policy, or a key such as switch/channel/email."""
    from services.control.audit import history

    found = [record for record in history(address(brokers), topic) if name is None or name in {record.key, record.key.partition("/")[2]}]
    for record in found[-number:] if number else found:
        told_so = msgspec.to_builtins(record)
        click.echo(msgspec.json.encode(record).decode() if as_json else audit_line(told_so))
    if not found and not as_json:
        click.echo(f"nothing is known about {name!r}: `kairos audit` shows everything" if name else "nothing was changed yet", err=True)
