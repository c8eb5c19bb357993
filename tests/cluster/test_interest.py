"""From a lower price in the catalogue to the decision about each person who is interested, on a cluster, through a kill of the service in between."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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
    """What one test needs: the main job, the interest job, and the topics between the parts. The catalogue has the stove for 40 euros."""

    def __init__(self, stack: Settings, folder: Path) -> None:
        self.deployment = Deployment.new(stack, folder, clock="live", start="earliest")
        self.stack, self.name, self.folder, self.brokers = stack, self.deployment.options.deployment, folder, stack.brokers
        self.changes, self.interest, self.catalogue = (f"{self.name}-{kind}" for kind in ("changes", "interest", "catalogue"))
        (folder / "cart.yaml").write_text(CAMPAIGN)
        self.deployment.end_others()
        self.deployment.create_topics()
        self.feed()
        submit(self.deployment.options, load(stack.home), campaigns=[folder], restore="none")
        self.submit_interest()

    def submit_interest(self, *, restore: str = "auto") -> None:
        """As `kairos interest submit` does."""
        told = InterestOptions(
            brokers=self.brokers,
            deployment=self.name,
            events_topic=self.deployment.options.events_topic,
            changes_topic=self.changes,
            interest_topic=self.interest,
            checkpoint_interval_ms=1_000,
        )
        running.submit(told, load(self.stack.home), restore=restore)

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
    def pacer(self, **told: Any) -> Iterator[None]:
        """What `kairos interest pace` does, in a thread that is stopped in the end."""
        stop = threading.Event()
        options = self.deployment.options
        topics = Topics(interest=self.interest, changes=self.changes, events=options.events_topic, job=options.identity)
        thread = threading.Thread(target=hand_over, args=(self.brokers, topics, Pacing(**told)), kwargs={"told": print, "until": stop.is_set})
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=60)

    @contextmanager
    def killed_pacer(self, *, per_second: int) -> Iterator[None]:
        """`kairos interest pace` as a process, which is killed in the end: it can say and commit nothing more."""
        topics = {"--interest-topic": self.interest, "--changes-topic": self.changes, "--events-topic": self.deployment.options.events_topic}
        told = {"--brokers": self.brokers, "--deployment": self.name, "--per-second": str(per_second), **topics}
        command = [sys.executable, "-m", "cli.main", "interest", "pace", *(word for pair in told.items() for word in pair)]
        with subprocess.Popen(command) as process:
            try:
                yield
                assert process.poll() is None, "it has ended by itself"
            finally:
                process.kill()

    def bodies(self, count: int, extra_s: float = 3.0) -> list[tuple[str, str]]:
        actions = self.deployment.read(self.deployment.options.topics["actions"] + "email", count=count, seconds=PATIENCE_S, extra_s=extra_s)
        return sorted((each["user_id"], each["content"]["body"]) for each in actions)


def test_whoever_is_interested_is_told_of_a_lower_price_once(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    run = Run(stack, tmp_path_factory.mktemp("interest"))
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
    run.submit_interest(restore="none")
    with run.pacer():
        time.sleep(5)
        run.feed(price=20)
        again = [(person, body.replace("30 40", "20 30")) for person, body in expected]
        assert run.bodies(6, extra_s=10) == sorted(expected + again)


def test_a_kill_of_the_service_tells_nobody_twice_and_leaves_nobody_out(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    run = Run(stack, tmp_path_factory.mktemp("many"))
    people = [f"person-{number}" for number in range(300)]
    run.events("Product Viewed", people)
    time.sleep(5)
    run.feed(price=30)
    emails = run.deployment.options.topics["actions"] + "email"
    with run.killed_pacer(per_second=30):
        until(lambda: len(run.deployment.read(emails, count=1, seconds=0.5)) > 20, seconds=PATIENCE_S)
    with run.pacer(per_second=100.0):
        assert run.bodies(len(people), extra_s=5) == sorted((person, "viewed 30 40") for person in people)
