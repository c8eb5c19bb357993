"""What a metric counts: the tables it may name, their columns, and by what the rows of each can be divided.

They are made of the lake's tables by `services/kpis/sql`. A row here is a fact with what later records said of it: an order less what was
paid back, a message with what happened to it, the newest revision of an outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["flag", "number", "money", "text", "time", "duration"]

DIMENSIONS = ("campaign", "segment", "channel", "stage", "week")
"""By what a report can be divided."""
OF_ANYBODY = ("segment", "stage", "week")
"""What every row has: a person and an instant."""
OF_MESSAGES = (*OF_ANYBODY, "campaign", "channel")
PROPERTIES = "properties"
"""The root of names such as properties.price."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    kind: Kind
    means: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table. Every one has a `person`, and an instant `at` by which its rows belong to a period and to a week."""

    name: str
    means: str
    """What a row is."""
    columns: Mapping[str, Column]
    by: tuple[str, ...] = OF_ANYBODY
    has_properties: bool = False
    """Whether conditions may name properties of the event."""

    @property
    def source(self) -> str:
        """The table in DuckDB."""
        return f"kpi_{self.name}"


def _columns(kind: Kind, **means: str) -> dict[str, Column]:
    return {name: Column(kind=kind, means=told) for name, told in means.items()}


_EVENTS = Table(
    name="events",
    means="an event, once however often it was sent; conditions may name its `properties.…`",
    columns=_columns("text", event="its name, as in the catalogue", type="the call: track, page, screen, identify, alias or group"),
    has_properties=True,
)
_SESSIONS = Table(
    name="sessions",
    means="a visit that is over: what one person did without a gap of more than 30 minutes",
    columns={
        **_columns(
            "number",
            pages="pages and screens; if a shop sends none, looks at products, lists and the cart",
            actions="what the visitor did, other than look",
            products="products looked at",
            added="products put into the cart",
            checkouts="checkouts begun",
            orders="orders placed that stand",
        ),
        **_columns("duration", seconds="from the first event to the last"),
        **_columns("flag", bounced="one page at most, and nothing done"),
    },
)
_PAGES = Table(
    name="pages",
    means="a page or screen that was looked at",
    columns=_columns("duration", seconds="until the next thing that the visitor did; not known for the last page of a visit"),
)
_ORDERS = Table(
    name="orders",
    means="an order that stands: once however many messages report it, not cancelled, and not paid back as a whole",
    columns={
        **_columns("money", total="what it came to", net="the same, less what was paid back", refunded="what was paid back"),
        **_columns("number", number="which of the person's orders that stand it is, from 1"),
        **_columns("duration", since_last="since the person's order before it; not known for the first"),
        **_columns("text", currency="its currency"),
    },
)
_PLACED = Table(
    name="placed_orders",
    means="an order that was placed, whether it stands or not",
    columns={
        **_columns("flag", undone="cancelled, or paid back as a whole", refunded="something of it was paid back, or all"),
        **_columns("money", total="what it came to"),
        **_columns("text", currency="its currency"),
    },
)
_CARTS = Table(
    name="carts",
    means="a visit in which something was put into the cart",
    columns={
        **_columns("flag", ordered="an order was placed in the same visit, or within a day after it"),
        **_columns("money", value="what was put in, less what was taken out"),
        **_columns("text", currency="the currency of its products"),
    },
)
_PEOPLE = Table(
    name="people",
    means="a person, from the first visit on; ids that belong together are one",
    columns=_columns("flag", known="has logged in, or has an id of the shop's"),
)
_OF_MESSAGE = {
    **_columns(
        "flag",
        sent="handed to the channel",
        delivered="it arrived, as the channel reports or its recipient shows",
        opened="opened by a person",
        clicked="a link in it was clicked by a person",
        engaged="opened or clicked by a person",
        dismissed="dismissed",
        bounced="the channel could not deliver it for good",
        complained="marked as spam",
        recalled="recalled before it was sent",
        unsubscribed="the customer no longer wants such messages",
        machine_opened="opened by a machine",
        machine_clicked="clicked by a machine",
        has_goal="its campaign has a goal",
        converted="the goal was reached",
    ),
    **_columns(
        "number",
        conversions="how often the goal was reached",
        credit_last="conversions credited to it, if the last message gets all",
        credit_first="the same, if the first does",
        credit_linear="the same, if each gets as much",
        credit_decay="the same, if the later get more",
        credit_position="the same, if the first and the last get more",
    ),
    **_columns(
        "money",
        value="what the conversions came to, less what was paid back",
        credited_last="their value credited to it, if the last message gets all",
        credited_first="the same, if the first does",
        credited_linear="the same, if each gets as much",
        credited_decay="the same, if the later get more",
        credited_position="the same, if the first and the last get more",
    ),
    **_columns(
        "text",
        campaign="whose it is",
        variant="which variant",
        channel="by which channel",
        status="of its outcome: provisional, final or cut",
        outcome="acted; in `held_out` control or held_out",
    ),
}
_MESSAGES = Table(name="messages", means="a message that was decided to be sent", columns=_OF_MESSAGE, by=OF_MESSAGES)
_HELD_OUT = Table(
    name="held_out",
    means="a message that was not sent, since its customer is in the holdout or the control group",
    columns=_OF_MESSAGE,
    by=OF_MESSAGES,
)

TABLES: Mapping[str, Table] = {each.name: each for each in (_EVENTS, _SESSIONS, _PAGES, _CARTS, _ORDERS, _PLACED, _PEOPLE, _MESSAGES, _HELD_OUT)}
STAGES = ("acquisition", "consideration", "conversion", "loyalty")
"""Where a customer stands: until the first product looked at, until the first one in a cart, until the first order, and from then on."""
