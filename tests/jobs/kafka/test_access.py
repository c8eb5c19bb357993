"""Whoever speaks to Kafka finds their permissions: every command, every service, and each in the table of the documentation."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from cli.main import kairos
from jobs.kafka.grants import grants
from jobs.lake_options import LakeOptions
from jobs.options import Options
from services.control.audit import audit_name

PAGE = Path(__file__).parents[3] / "docs" / "secured-kafka.md"
READING = "list, show, audit"
ROW_OF = {
    **dict.fromkeys(("events", "tail", "check data", "lift"), "tail, events, training"),
    **dict.fromkeys(("campaigns list", "policy show", "recommender show", "models list", "models show", "models compare", "switch list"), READING),
    **dict.fromkeys(("holdout", "audit", "catalogue show", "arms show"), READING),
    **dict.fromkeys(
        (f"campaigns {each}" for each in ("approve", "pause", "publish", "remove", "resume", "review", "rollback", "rollout")), "publish"
    ),
    **dict.fromkeys((f"models {each}" for each in ("pause", "promote", "publish", "remove", "resume", "rollback", "rollout", "use")), "publish"),
    **dict.fromkeys(("policy publish", "policy remove", "recommender publish", "recommender remove", "switch on", "switch off"), "publish"),
    **dict.fromkeys(("held list", "held release", "held drop"), "held"),
    "retention show": "retention apply",
    "upgrade": "submit",
}
"""Command -> the row that it is under, where it has none of its own name."""
WITHOUT = {"acls": "it asks no broker", "up": "it only starts what connects"}
CELLS = {
    "submit --create-topics": "`kairos submit`, creating topics", "publish": "publish, approve, switch", READING: "list, show, `kairos audit`",
    "held": "`kairos held list`, `release`, `drop`", "campaigns watch": "`kairos campaigns watch`, `kairos models watch`",
    "models watch": "`kairos campaigns watch`, `kairos models watch`", "heartbeat": "heartbeat, `kairos send`", "send": "heartbeat, `kairos send`",
    "tail, events, training": "`kairos tail`, `events`, training", "catalogue serve --learn-from": "`kairos catalogue serve`",
    "job": "job", "monitor": "monitor",
}  # fmt: skip
"""Row -> how the page calls it, where that is not `kairos …`."""


def known() -> dict[str, list[str]]:
    return {name: [str(each) for each in found] for name, found in grants(Options(), audit=audit_name("control")).items()}


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command that reaches Kafka."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, f"{before}{name} ")
        elif "--kafka-properties" in [flag for each in found.params for flag in each.opts]:
            yield f"{before}{name}"


def test_every_command_that_reaches_kafka_finds_its_permissions() -> None:
    found, rows = set(commands(kairos)), known()
    assert not {name for name in found - set(WITHOUT) if ROW_OF.get(name, name) not in rows}
    assert set(ROW_OF) | set(WITHOUT) <= found, "what is gone has no row"


def test_the_page_has_a_row_for_each_and_no_other() -> None:
    told = set(re.findall(r"^\| (.+?) \| ", PAGE.read_text().split("## Permissions")[1].split("## Topics")[0], re.MULTILINE))
    assert {CELLS.get(name, f"`kairos {name}`") for name in known()} == told - {"process", "job, exactly-once", "your delivery"}


def test_the_lake_gets_what_its_tables_are_made_of_and_nothing_to_write() -> None:
    options = LakeOptions()
    wanted = {f"Read on topic {options.topic_of(name)}" for name in options.table_names} | {f"Read on group {options.identity}"}
    assert set(known()["lake submit"]) == wanted
