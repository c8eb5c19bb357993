"""The records of the run, encoded as the job encodes them, and what is wrong with the malformed ones."""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from udfs.codecs.encode import encode
from udfs.codecs.topics import Topics
from udfs.core.records import Action, Reason, Recall

CHANNEL = "conformance"
CAMPAIGN = "conformance"
LIFE_MS = 3_600_000
FILLER = "x" * 900_000
"""Content of a record that fills a fetch nearly alone: what follows comes with a later one."""
_TOPICS = Topics(channels=(CHANNEL,))


class Messages:
    """Makes records with ids of their own. `name` is that of the run: two runs share no id."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name or str(uuid4())

    def id_of(self, label: str) -> str:
        """The decision id behind a label."""
        return str(uuid5(NAMESPACE_URL, f"kairos-conformance/{self._name}/{label}"))

    def action(self, label: str, *, now: int, expires_at: int | None = None, user: str = "", content: dict[str, Any] | None = None) -> bytes:
        """An action decided at `now` (epoch ms) that lives for an hour, or until `expires_at`."""
        action = Action(
            decision_id=self.id_of(label),
            attempt=0,
            user_id=user or f"user-{label}",
            campaign=CAMPAIGN,
            campaign_version="000000000000",
            variant="only",
            channel=CHANNEL,
            content={"subject": label, "body": "Hello"} if content is None else content,
            offer=None,
            at=now,
            decided_at=now,
            expires_at=now + LIFE_MS if expires_at is None else expires_at,
        )
        return encode(action, decided_at=now, topics=_TOPICS)[2]

    def recall(self, label: str, *, now: int, user: str = "") -> bytes:
        """A recall of the action with this label."""
        recall = Recall(
            decision_id=self.id_of(label),
            attempt=0,
            user_id=user or f"user-{label}",
            campaign=CAMPAIGN,
            channel=CHANNEL,
            reason=Reason.EXITED,
            detail="order_completed",
            trigger_event_id=f"message-{label}",
            at=now,
        )
        return encode(recall, decided_at=now, topics=_TOPICS)[2]

    def changed(self, label: str, *, now: int, without: str = "", **fields: Any) -> bytes:
        """An action without a field, or with other ones."""
        document = {**json.loads(self.action(label, now=now)), **fields}
        document.pop(without, None)
        return json.dumps(document).encode()

    def malformed(self, *, now: int) -> dict[str, bytes | None]:
        """Label -> a value that no consumer can deliver."""
        text = self.action("half", now=now)
        cut = {"truncated": '{"body":"xx', "sha256": "0" * 64, "length": 2_000_000}
        return {
            "no value (a tombstone)": None,
            "an empty value": b"",
            "half a record": text[: len(text) // 2],
            "not UTF-8": b"\xff\xfe\x00{}",
            "a list": b"[]",
            "a number": b"17",
            "null": b"null",
            "a hundred thousand brackets": b"[" * 100_000,
            "no decision_id": self.changed("no id", now=now, without="decision_id"),
            "a decision_id that is a path": self.changed("path", now=now, decision_id="../../path"),
            "a decision_id that is a number": self.changed("number", now=now, decision_id=5),
            "no expires_at": self.changed("no expiry", now=now, without="expires_at"),
            "an expires_at in words": self.changed("expiry in words", now=now, expires_at="tomorrow"),
            "no content": self.changed("no content", now=now, without="content"),
            "an unknown kind": self.changed("unknown kind", now=now, kind="postpone"),
            "a kind that is an object": self.changed("odd kind", now=now, kind={}),
            "content that was cut": self.changed("cut", now=now, content=cut),
            "a recall without an id": b'{"kind":"recall","user_id":"ada"}',
        }
