"""From a lower price in the catalogue to the decision about each person who is interested, on a cluster, through a kill of the service in between."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from jobs.interest_options import InterestOptions
from services.catalogue.files import CatalogueFiles
from services.catalogue.load import load as load_catalogue
from services.catalogue.serve import Places
from services.catalogue.serve import run as serve
from services.devstack import interest as running
from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from services.interest.service import Pacing, Topics
from services.interest.service import run as hand_over
from services.items.feed import Report, items
from services.kafka.client import producer
from tests.cluster.deployment import Deployment, until

pytestmark = [pytest.mark.cluster, pytest.mark.apart, pytest.mark.timeout(1800)]
CAMPAIGN = """
campaign: cart-abandonment
trigger: {event: price_dropped}
when: event.price < event.previous_price
variants:
  cheaper: {channel: email, content: {subject: "{{ event.product_id }}", body: "{{ event.interest }} {{ event.price }} {{ event.previous_price }}"}}
"""
PATIENCE_S = 240
FEED = "id,name,category,price,currency,stock\ntent,Dome,Outdoor > Tents,129,EUR,{stock}\nstove,Stove,Outdoor > Stoves,{price},EUR,10\n"


class Run:
    """What one test needs: the deployment, and the topics between the parts."""

    def __init__(self, stack: Settings, folder: Path) -> None:
        self.deployment = Deployment.new(stack, folder, clock="live", start="earliest")
        self.name, self.folder, self.brokers = self.deployment.options.deployment, folder, stack.brokers
        self.changes, self.interest, self.catalogue = (f"{self.name}-{kind}" for kind in ("changes", "interest", "catalogue"))

    def feed(self, *, price: int = 40, stock: int = 5) -> None:
        """As `kairos catalogue load` and `serve --once` do."""
        (self.folder / "shop.csv").write_text(FEED.format(price=price, stock=stock))
        load_catalogue(self.brokers, self.catalogue, items(self.folder / "shop.csv", Report(name="shop.csv")), whole=False)
        control, data, files = self.deployment.options.control_topic, self.folder / "data", CatalogueFiles(str(self.folder / "store"))
        serve(self.brokers, Places(catalogue=self.catalogue, control=control, changes=self.changes, data=data, files=files), once=True)

    def events(self, name: str, people: list[str], product: str = "stove") -> None:
        with closing(producer(self.brokers, linger_ms=5)) as sender:
            for person in people:
                event = {"type": "track", "event": name, "messageId": f"{name}-{person}-{product}-{time.time_ns()}", "userId": person}
                event["properties"] = {"product_id": product, "price": 40, "order_id": person}  # type: ignore[assignment]
                if name == "Order Completed":
                    event["properties"] = {"order_id": person, "total": 40, "products": [{"product_id": product}]}  # type: ignore[assignment]
                sender.send(self.deployment.options.events_topic, key=person.encode(), value=json.dumps(event).encode())

    @contextmanager
    def pacer(self, **told: Any) -> Iterator[Callable[[], None]]:
        """`kairos interest pace`, in a thread."""
        stop = threading.Event()
        options = self.deployment.options
        topics = Topics(interest=self.interest, changes=self.changes, events=options.events_topic, job=options.identity)
        thread = threading.Thread(target=hand_over, args=(self.brokers, topics, Pacing(**told)), kwargs={"told": print, "until": stop.is_set})
        thread.start()
        try:
            yield stop.set
        finally:
            stop.set()
            thread.join(timeout=60)

    def bodies(self, count: int, extra_s: float = 3.0) -> list[tuple[str, str]]:
        actions = self.deployment.read(self.deployment.options.topics["actions"] + "email", count=count, seconds=PATIENCE_S, extra_s=extra_s)
        return sorted((each["user_id"], each["content"]["body"]) for each in actions)


def test_whoever_is_interested_is_told_of_a_lower_price_once(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    run = Run(stack, tmp_path_factory.mktemp("interest"))
    (run.folder / "cart.yaml").write_text(CAMPAIGN)
    run.deployment.end_others()
    run.deployment.create_topics()
    run.feed()
    submit(run.deployment.options, load(stack.home), campaigns=[run.folder], restore="none")
    told = InterestOptions(
        brokers=stack.brokers,
        deployment=run.name,
        events_topic=run.deployment.options.events_topic,
        changes_topic=run.changes,
        interest_topic=run.interest,
        checkpoint_interval_ms=1_000,
    )
    running.submit(told, load(stack.home))

    run.events("Product Viewed", ["ada", "bob", "cleo", "dora"])
    run.events("Product Added", ["bob"])
    run.events("Product Added To Wishlist", ["cleo"])
    run.events("Order Completed", ["dora"])
    run.events("Product Viewed", ["emil"], product="tent")
    time.sleep(5)  # what they did is older than the change, and read before it or not: that makes no difference
    with run.pacer():
        began = time.monotonic()
        run.feed(price=30)
        published = time.monotonic() - began
        expected = [("ada", "viewed 30 40"), ("bob", "carted 30 40"), ("cleo", "wished 30 40")]
        assert run.bodies(3) == expected
        print(f"published after {published:.1f} s, all decided after {time.monotonic() - began:.1f} s")

    # The service starts again without any state of its own, and so does the job: nobody is notified twice.
    running.submit(told, load(stack.home), restore="none")
    with run.pacer():
        time.sleep(5)
        run.feed(price=20)
        again = [(person, body.replace("30 40", "20 30")) for person, body in expected]
        assert run.bodies(6, extra_s=10) == sorted(expected + again)


def test_a_kill_of_the_service_tells_nobody_twice_and_leaves_nobody_out(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    run = Run(stack, tmp_path_factory.mktemp("many"))
    (run.folder / "cart.yaml").write_text(CAMPAIGN)
    run.deployment.end_others()
    run.deployment.create_topics()
    run.feed()
    submit(run.deployment.options, load(stack.home), campaigns=[run.folder], restore="none")
    told = InterestOptions(
        brokers=stack.brokers,
        deployment=run.name,
        events_topic=run.deployment.options.events_topic,
        changes_topic=run.changes,
        interest_topic=run.interest,
        checkpoint_interval_ms=1_000,
    )
    running.submit(told, load(stack.home))
    people = [f"person-{number}" for number in range(300)]
    run.events("Product Viewed", people)
    time.sleep(5)
    run.feed(price=30)
    options = run.deployment.options
    with run.pacer(per_second=30.0) as stop:
        until(lambda: len(run.deployment.read(options.topics["actions"] + "email", count=1, seconds=0.5)) > 20, seconds=PATIENCE_S)
        stop()
    with run.pacer(per_second=100.0):
        assert run.bodies(len(people), extra_s=5) == sorted((person, "viewed 30 40") for person in people)
