"""The products of the demo.

Its shop's catalogue is published, what goes together is learned from the shop's past, and the latest e-mail is kept to look at.
"""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from simulation.catalogue import outdoor_shop

FEED, LEARNED, STORE, MAIL = "shop.jsonl", "learned", "store", "logs/email.html"


class Showcase:
    """What the demo shows of products."""

    def __init__(self, *, home: Path, brokers: str, control: str) -> None:
        """`control`: the topic that the job follows."""
        self.feed, self.learned, self.mail = home / FEED, home / LEARNED, home / MAIL
        self._home, self._brokers, self._control = home, brokers, control

    def publish_catalogue(self) -> None:
        """As `kairos catalogue load` and `kairos catalogue serve --once` do."""
        from services.catalogue.files import CatalogueFiles
        from services.catalogue.load import load
        from services.catalogue.serve import Places, run
        from services.items.feed import Report, items

        self.feed.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in outdoor_shop().feed()))
        places = Places(control=self._control, data=self._home / "items", files=CatalogueFiles(str(self._home / STORE)))
        load(self._brokers, places.catalogue, items(self.feed, Report(name=FEED)), whole=True)
        run(self._brokers, places, once=True)

    def training(self, history: Path) -> list[str]:
        """The words after `python -m training` that learn from a file of events what goes together."""
        named = [word for name in ("item-to-item", "trending") for word in ("--strategy", name)]
        told = ["--history", str(history), "--evaluate", "leave-one-out", "--catalogue", str(self.feed), "--export", str(self.learned)]
        return ["recommend", *told, *named]

    def publish_recommender(self) -> int:
        """As `kairos recommender publish` does. Returns of how many items it has learned. Raises BadRecommender."""
        from services.recommender.publish import publish

        (layer,) = publish(self._brokers, self._control, self.learned, store=str(self._home / STORE)).layers
        return layer.items

    def keep(self, value: Mapping[str, Any]) -> None:
        """If this is an action with an e-mail in HTML, keep it in place of the one before. It stays when the demo has ended, as its logs do."""
        content = value.get("content")
        if isinstance(content, Mapping) and (text := content.get("html")):
            title = html.escape(str(content.get("subject", "")))
            head = f'<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n<body style="font-family: sans-serif">\n'
            self.mail.parent.mkdir(parents=True, exist_ok=True)
            self.mail.write_text(f"{head}{text}</body>\n")
