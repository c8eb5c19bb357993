"""The shop of the golden savepoint: features of every aggregate, a policy with every kind of rule, and a campaign for each kind of thing that waits.

It may grow with the project: each golden savepoint keeps the documents with which it was made.
"""

from pathlib import Path
from typing import Any

import msgspec

from bench.onnx_files import linear, manifest
from tests.builders import campaign, control, hold, mail, words
from udfs.core.campaigns.book import ControlValue, Entry
from udfs.core.features.aggregates import AGGREGATES, BY_KEY, WINDOWED
from udfs.core.features.language.features import compile_features

VIEWED, ORDERED = "product_viewed", "order_completed"


def features() -> list[dict[str, Any]]:
    """Each aggregate for all time, in a window, and for each value of something, wherever it may be so."""
    made: list[dict[str, Any]] = []
    for name in AGGREGATES:
        of = {} if name in ("count", "time_since", "time_since_first", "streak", "steps") else {"of": "properties.price"}
        of = {"of": "properties.category"} if name in ("distinct", "top", "first") else of
        plain: dict[str, Any] = {"name": f"{name}_ever", "event": VIEWED, "aggregate": name, **of}
        if name == "steps":
            plain["event"] = [VIEWED, "product_added", ORDERED]
        made.append(plain)
        if name in WINDOWED:
            made.append({**plain, "name": f"{name}_7d", "window": "7d"})
        if name in BY_KEY:
            made.append({**plain, "name": f"{name}_by", "by": "properties.category", "window": "14d"})
    made += [
        {"name": "looks", "event": VIEWED, "aggregate": "last_n", "of": ["properties.product_id", "properties.price"], "n": 2},
        {"name": "tents", "event": VIEWED, "aggregate": "count", "filter": 'event.category == "tents"'},
        {"name": "bought", "event": ORDERED, "aggregate": "sum", "each": "properties.products", "of": "item.price", "times": "item.quantity"},
        {"name": "spent", "event": ORDERED, "aggregate": "sum", "of": "properties.total", "window": "30d"},
        {"name": "orders", "event": ORDERED, "aggregate": "count"},
        {"name": "average", "ratio": ["spent", "orders"], "default": 0},
        {"name": "read", "event": "message_opened", "aggregate": "count", "purpose": "analytics", "without_consent": "forgotten"},
    ]
    return made


POLICY: dict[str, Any] = {
    "consent": {"default": {"marketing": "grant", "analytics": "grant"}},
    "quiet_hours": {"from": "22:00", "to": "07:00", "spread": "15m", "exempt": ["transactional", "anytime"]},
    "caps": [
        {"id": "weekly", "channel": "push", "max": 2, "within": "7d", "then": "defer"},
        {"id": "daily", "channel": "email", "max": 9, "per": "day"},
    ],
    "holdout": {"share": "10%", "epoch": "golden"},
    "suppress": [{"after": "2 dismissed", "within": "30d", "rest": "40d", "scope": "campaign"}],
    "throughput": {"sms": "1 per hour"},
    "currency": {"base": "USD", "rates": {"EUR": 1.1}},
    "retention": {"anonymous": "7d", "known": "45d", "erased": "30d"},
    "traits": {"birthday": "analytics"},
}
SEGMENTS: dict[str, Any] = {"refresh": "12h", "segments": [{"segment": "fresh", "when": 'seen("signed_up", "30h")'}]}
TWO = {"plain": {**words(), "weight": 1}, "loud": {**words(), "weight": 3, "offer": {"percent": "15 if cart.value > 400 else 10"}}}
OF_EVENT = {"channel": "email", "content": {"body": "{{ event.plan | default('none') }}"}}
GOAL = {"event": ORDERED, "within": "10d", "value": "revenue"}


def go(name: str, **changes: Any) -> dict[str, Any]:
    """A campaign that speaks at an event of its own name, with the underscores of events."""
    event = name.replace("-", "_")
    return mail(name, **{"trigger": {"event": event}, "custom_events": [event], **changes})


def _campaigns() -> list[dict[str, Any]]:
    later = {"later": {**words(), "wait": "30h"}}
    same = [{"event": "paid", "same": "invoice_id"}]
    first = {"points-first": {"then": [{"send": "points"}, {"wait": "3d"}, {"send": "upsell"}]}, "upsell-first": {"then": [{"send": "upsell"}]}}
    ways = {"a": {"then": [{"wait": "3d"}, {"send": "one"}]}, "b": {"weight": 2, "then": [{"wait": "4d"}, {"send": "two"}]}}
    return [
        campaign("cart", variants=TWO, control_group="30%", goal=GOAL, send={"expires": "3d"}),
        campaign("cart-later", when=None, variants={"later": {**words(), "wait": "20h"}}, entry={"again": "1d"}),
        campaign("cart-tour", when=None, variants={"bye": words()}, steps=[{"wait": "2d"}, {"send": "bye"}]),
        mail("welcome", trigger={"since": "signed_up", "wait": "30h", "unless": [{"event": "confirmed", "same": "plan"}]}),
        mail("birthday", trigger={"date": "user.birthday"}),
        mail("newcomer", trigger={"enters": "fresh"}),
        go("invoice", trigger={"event": "invoice", "unless": same}, variants=later, entry={"once_per": "event.invoice_id"}),
        go("long", goal={**GOAL, "within": "60d"}),
        go("news", goal={**GOAL, "value": "0.1 * event.total", "basis": "opened", "half_life": "2d"}, tags=["anytime"]),
        go("night", entry={"once_per": "event.plan"}, send={"expires": "48h"}),
        go("app", channel="push"),
        go("liked", score={"model": "liking", "cold_start": 0.03}, value="10 * score", goal=GOAL),
        go("text", channel="sms", send={"expires": "48h"}),
        go("held", send={"expires": "15d"}),
        go("receipt", trigger={"event": "receipt", "unless": same}, purpose="transactional"),
        go("tips", entry={"again": "1d"}, send={"at": "best", "expires": "24h"}, tags=["anytime"], goal={**GOAL, "basis": "delivered"}),
        go("best", choose={"bandit": "contextual", "by": ["daypart"]}, goal=GOAL, variants={"points": words(), "upsell": words()}),
        go("tour", variants={"hello": words(), "bye": words()}, steps=[{"send": "hello"}, {"wait": "3d", "leave_on": ["left"]}, {"send": "bye"}]),
        go("quiet-tour", variants={"bye": words()}, steps=[{"wait": "1h"}, {"send": "bye"}], control_group="50%", goal=GOAL, send={"expires": "48h"}),
        go(
            "order-of-two",
            choose={"bandit": "linear", "by": ["orders", "cart.value > 100"]},
            goal=GOAL,
            variants={"points": words(), "upsell": words()},
            steps=[{"id": "order", "choose": "bandit", "split": first}, {"wait": "2d"}, {"send": "points"}],
            send={"expires": "48h"},
        ),
        go("ways", variants={"one": OF_EVENT, "two": OF_EVENT}, steps=[{"id": "way", "split": ways}]),
    ]


def documents(folder: Path) -> list[Entry]:
    """What `control` holds before the job starts. `folder`: where the file of the model is written."""
    found: list[dict[str, Any]] = [{"features": features()}, SEGMENTS, POLICY, *_campaigns()]
    made = [control(document, offset=offset) for offset, document in enumerate(found)]
    return [*made, _model(folder, len(made))]


def _model(folder: Path, offset: int) -> Entry:
    """A model whose answers stand for a while."""
    compiled = compile_features({"features": features()})
    of_file = manifest(folder, linear([0.5, 0.1]), features=compiled, inputs=["orders", "tents"], name="liking", cache={"ttl": "20d"})
    document = {"model": "liking", "current": of_file["version"], "versions": [of_file]}
    value = ControlValue(kind="model", name="liking", version=f"v{offset}", document=document)
    return Entry("model/liking", offset, msgspec.json.encode(value))


def said_later(offset: int) -> list[Entry]:
    """What is written to `control` while the job runs, so that it is in its state."""
    return [hold("held", offset=offset, version=f"v{_place('held')}")]


def learned() -> list[Entry]:
    """What is written to `arms` while the job runs."""
    rates = {name: {"kind": "beta", "a": a, "b": 20.0} for name, a in (("points", 9.0), ("upsell", 3.0))}
    prior = {"kind": "beta", "a": 1.0, "b": 20.0}
    made: list[dict[str, Any]] = [{"campaign": name, "epoch": 1, "prior": prior, "arms": rates, "exposures": 50} for name in ("best", "order-of-two")]
    return [Entry(str(each["campaign"]), offset, msgspec.json.encode(each)) for offset, each in enumerate(made)]


def _place(name: str) -> int:
    return next(place for place, each in enumerate(_campaigns()) if each["campaign"] == name) + 3
