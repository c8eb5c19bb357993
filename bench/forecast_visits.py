"""Visits that a running job is asked about again and again, and what is right by the events alone: the whole sequence at once, through onnxruntime.

A visitor is a guest or a known customer, and some guests log in. Every event says the time at which it was sent.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from bench.pace import paced
from services.kafka import client
from tests.core.features.test_steps import Told, oracle
from training.gate import ask, session_of
from udfs.core.features.model_inputs import Input
from udfs.core.features.model_inputs import Row as ModelRow

RATE = 80
"""Events a second."""
QUESTION = "Cart Viewed"
"""A campaign scores it, and it is no step."""
KINDS = ("page", "product_viewed", "product_viewed", "product_added", "checkout_started", "product_removed")
PRICES = {"tent": 240.0, "kettle": 19.5, "peg": 3.0}
Payload = dict[str, Any]


@dataclass(kw_only=True)
class Visitor:
    """One person, and what she was sent to have done."""

    name: str
    guest: bool
    """At the beginning."""
    logs_in: bool
    told: list[Told] = field(default_factory=list)
    cart: Counter[str] = field(default_factory=Counter)
    killed: int | None = None
    """How many steps she had taken when the job was killed; None: it has not been."""
    logged_in: int | None = None
    """The same, of her login."""

    @property
    def guest_ids(self) -> Payload:
        """The id of her browser."""
        return {"anonymousId": f"web-{self.name}"}

    def ids(self) -> Payload:
        """The id that her events carry now."""
        return self.guest_ids if self.guest and self.logged_in is None else {"userId": f"user-{self.name}"}

    @property
    def worth(self) -> float:
        """The value of her cart; 0 without one."""
        return sum(PRICES[product] * pieces for product, pieces in self.cart.items())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question: the steps until then, the value of the cart, and how many steps there were at the kill and at the login; None: not yet."""

    told: Sequence[Told]
    worth: float
    killed: int | None
    logged_in: int | None


class Visits:
    """Visitors whose events are sent in sweeps, everybody in turn."""

    def __init__(self, brokers: str, visitors: int, *, seed: int = 5) -> None:
        """One in three is known from the beginning; every second guest will log in."""
        self._brokers, self._random = brokers, Random(seed)
        self.visitors = [Visitor(name=str(n), guest=n % 3 > 0, logs_in=n % 3 == 1) for n in range(visitors)]
        self.asked: dict[str, Asked] = {}
        """Message id -> question."""
        self.sent = 0

    def steps(self, *, as_guest: bool = False) -> None:
        """Seven in ten take a step. `as_guest`: whoever has logged in takes it under the id of before."""
        self._sweep(lambda visitor, at: self._step(visitor, at, as_guest) if self._random.random() < 0.7 or not visitor.told else None)

    def questions(self, *, halfway: Callable[[], None] = lambda: None) -> None:
        """Everybody is asked about. `halfway` is called between two questions."""
        middle = self.visitors[len(self.visitors) // 2]

        def question(visitor: Visitor, at: int) -> Payload:
            if visitor is middle:
                halfway()
            return {"type": "track", "event": QUESTION, **visitor.ids()}

        self._sweep(question)

    def logins(self) -> None:
        """Guests who log in do so."""

        def login(visitor: Visitor, at: int) -> Payload | None:
            if not visitor.logs_in:
                return None
            guest, visitor.logged_in = visitor.ids(), len(visitor.told)
            return {"type": "identify", **guest, **visitor.ids()}

        self._sweep(login)

    def note_kill(self) -> None:
        """The job is killed now."""
        for each in self.visitors:
            each.killed = len(each.told)

    def _step(self, visitor: Visitor, at: int, as_guest: bool) -> Payload:  # noqa: FBT001
        kind = self._random.choice(KINDS)
        if kind == "product_removed" and visitor.cart.total() < 2:
            kind = "product_added"
        ids = visitor.guest_ids if as_guest and visitor.guest else visitor.ids()
        if not kind.startswith("product"):
            visitor.told.append((at, kind, None, None, 1))
            return {"type": "page", **ids} if kind == "page" else {"type": "track", "event": "Checkout Started", **ids}
        product = self._random.choice([*visitor.cart.elements()] if kind == "product_removed" else [*PRICES])
        if kind != "product_viewed":
            visitor.cart[product] += 1 if kind == "product_added" else -1
        visitor.told.append((at, kind, product, PRICES[product], 1))
        properties = {"product_id": product, "price": PRICES[product], "quantity": 1}
        return {"type": "track", "event": kind.replace("_", " ").title(), "properties": properties, **ids}

    def _sweep(self, made: Callable[[Visitor, int], Payload | None]) -> None:
        """Whatever `made` says of each visitor at that moment, epoch milliseconds."""
        with closing(client.producer(self._brokers)) as sender:
            for _, visitor in zip(paced(RATE, count=len(self.visitors)), self.visitors, strict=True):
                at = int(time.time() * 1000)
                payload = made(visitor, at)
                if payload is None:
                    continue
                self.sent += 1
                message = f"visit-{self.sent}"
                if payload.get("event") == QUESTION:
                    self.asked[message] = Asked(told=[*visitor.told], worth=visitor.worth, killed=visitor.killed, logged_in=visitor.logged_in)
                key = payload.get("userId") or payload["anonymousId"]
                sender.send("events", key=key.encode(), value=json.dumps({"messageId": message, "timestamp": at, **payload}).encode())
            sender.flush()


class Right:
    """What versions of a model answer about whole sequences."""

    def __init__(self, versions: Mapping[str, bytes], inputs: Sequence[Input]) -> None:
        """`versions`: name of a version -> its ONNX file."""
        self._sessions = {name: session_of(content) for name, content in versions.items()}
        self._row = ModelRow(inputs)

    def answer(self, version: str, told: Iterable[Told], worth: float, now: int) -> float:
        """`now`: when the job decided, epoch milliseconds."""
        row = self._row.of({"cart_value": worth, "visit": oracle([*told], now)})
        return float(ask(self._sessions[version], np.array([row], dtype=np.float32))[0, 1])
