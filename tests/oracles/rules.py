"""The rules of the policy in the oracle: each looks at the whole history and says what stands against a message now, by docs/policy.md."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.oracles.answers import Answers
from tests.oracles.asked import Asked, covers, in_scope, percent
from tests.oracles.consent import Word, denial
from tests.oracles.memory import Memory, Place, Sent, hard_bounce
from tests.oracles.reach import Reach
from tests.oracles.times import MINUTE, minutes, period, quiet_until, span
from udfs.core.values import chance


class No(NamedTuple):
    """What stands against a channel, or against the whole candidate. `then`: next_channel, drop or defer; `until` goes with defer."""

    reason: str
    then: str = "next_channel"
    until: int | None = None
    rule: str = ""
    used: str = ""
    """The reason that has had its turn by then, if it is another."""
    place: Place | None = None
    """What is kept for it until then."""


class Hold(NamedTuple):
    """What control says of a campaign that is out of line. `version`: the one that was held."""

    status: str
    version: str
    at: int


class Rules(Answers, Reach):
    """One policy over one memory."""

    def __init__(
        self,
        policy: Mapping[str, Any] | None,
        memory: Memory,
        said: list[Word],
        off: set[str],
        places: list[Place],
        holds: Mapping[str, Hold],
        versions: Mapping[str, str],
    ) -> None:
        """`places`: those taken of the throughput. `versions`: of the campaigns."""
        self.policy, self.memory, self.said, self.off, self.places = policy or {}, memory, said, off, places
        self.holds, self.versions = holds, versions
        self.has_policy = policy is not None

    def consent(self, purpose: str, channel: str | None, now: int) -> str | None:
        """Why there is no consent, None if there is."""
        return denial(self.said, purpose=purpose, channel=channel, now=now, policy=self.policy if self.has_policy else None)

    def holdout_of(self, campaign: Mapping[str, Any]) -> tuple[str, str] | None:
        """Outcome and reason of who is held out of this campaign, or in its control group."""
        asked = Asked(campaign=campaign, held_out=False, now=0)
        holdout = self.policy.get("holdout")
        if (
            holdout is not None
            and not asked.exempt(holdout.get("exempt", ["transactional"]))
            and chance.lot(f"holdout:{holdout['epoch']}", self.memory.user) < percent(holdout["share"])
        ):
            return "held_out", "GLOBAL_HOLDOUT"
        if chance.lot(f"control:{asked.name}", self.memory.user) < percent(campaign.get("control_group", "0%")):
            return "control", "EXPERIMENT_CONTROL"
        return None

    def against_candidate(self, asked: Asked, *, origin: int, stale: bool) -> No | None:
        """What concerns the whole candidate, in the order of the page."""
        if stale:
            return No("STALE_TRIGGER", "drop")
        if asked.now - origin >= span(asked.campaign.get("send", {}).get("expires", "24h")):
            return No("EXPIRED", "drop")
        if self.off & {"all", f"campaign/{asked.name}"}:
            return No("SWITCHED_OFF", "drop")
        if not asked.transactional and any(self.uninterested(kind, name) for kind, name in asked.subjects):
            return No("NOT_INTERESTED", "drop")
        if any(self.rests(rule, asked, channel=None) for rule in self.policy.get("suppress", ()) if rule["scope"] != "channel"):
            return No("SUPPRESSED", "drop")
        return None

    def against_channel(self, asked: Asked, channel: str) -> No | None:
        """What stands against one channel, in the order of the page: the first counts."""
        if f"channel/{channel}" in self.off:
            return No("SWITCHED_OFF")
        if denied := self.consent(asked.purpose, channel, asked.now):
            return No(denied)
        if self.unreachable(channel) or self.lacks_address(channel):
            return No("UNREACHABLE")
        if any(self.rests(rule, asked, channel=channel) for rule in self.policy.get("suppress", ()) if rule["scope"] == "channel"):
            return No("SUPPRESSED")
        return self.capped(asked, channel) or self.quiet(asked, channel) or self.throttled(asked, channel) or self.out_of_line(asked, channel)

    def out_of_line(self, asked: Asked, channel: str) -> No | None:
        """Whether its campaign is held, or a person has dropped this version of it or this very message."""
        hold = self.holds.get(asked.name)
        if hold is None or asked.transactional or hold.status == "released":
            return None
        if hold.status == "dropped":
            mine = asked.held_since is not None and asked.held_since <= hold.at
            return No("ANOMALY_HELD", "drop") if mine or hold.version == self.versions[asked.name] else None
        since = asked.now if asked.held_since is None else asked.held_since
        looks = looks_again(asked.now, since=since, ends=asked.lives_until)
        return No("ANOMALY_HELD", "defer", self.awake(asked, channel, looks))

    def uninterested(self, kind: str, name: str) -> bool:
        """Whether her latest word on a campaign or a topic is that she does not want it; of two at one instant that one."""
        words = [
            (event.at, event.name == "not_interested")
            for event in self.memory.events("not_interested", "interested")
            if event.properties.get(kind) == name
        ]
        for event in self.memory.events("preferences_set") if kind == "topic" else ():
            words += [(event.at, not wanted) for topic, wanted in event.properties["topics"].items() if topic == name]
        return max(words, default=(0, False))[1]

    def rests(self, rule: Mapping[str, Any], asked: Asked, *, channel: str | None) -> bool:
        """Whether reactions of the rule's kind have put to rest what is asked for."""
        if asked.transactional:
            return False
        often, word = rule["after"].split()
        within, rest = span(rule["within"]), span(rule["rest"])
        times = sorted(at for at, sent in self.reactions(word) if in_scope(rule["scope"], sent, asked, channel))
        pairs = zip(times, times[int(often) - 1 :], strict=False)  # the last of so many, and the one with which they begin
        return any(last - first < within and last <= asked.now < last + rest for first, last in pairs)

    def reactions(self, word: str) -> list[tuple[int, Sent]]:
        """Every message to which she reacted so, with the time at which she first did."""
        first: dict[str, tuple[int, Sent]] = {}
        for event in self.memory.events(f"message_{word}"):
            sent = self.memory.message(event.properties.get("decision_id"))
            if sent is None or (word == "bounced" and not hard_bounce(event)):
                continue
            if sent.decision_id not in first or event.at < first[sent.decision_id][0]:
                first[sent.decision_id] = event.at, sent
        return list(first.values())

    def counted(self, cap: Mapping[str, Any], asked: Asked) -> list[Sent]:
        """The messages that take a place under a cap, oldest first, as this candidate sees them."""
        return sorted(
            (
                sent
                for sent in self.memory.sent
                if (asked.held_out or not sent.held_out)
                and (cap.get("count_transactional", False) or not sent.transactional)
                and not self.memory.bounced(sent)
                and not self.memory.is_back(sent)
                and covers(cap, channel=sent.channel, tags=sent.tags, campaign=sent.campaign)
            ),
            key=lambda sent: sent.at,
        )

    def capped(self, asked: Asked, channel: str) -> No | None:
        """Of the caps without room the first in the policy says what follows; deferred, it is until all those that defer have room."""
        if asked.transactional:
            return None
        full = [
            (cap, room)
            for cap in self.policy.get("caps", ())
            if covers(cap, channel=channel, tags=asked.tags, campaign=asked.name) and (room := self.room(cap, asked)) > asked.now
        ]
        if not full:
            return None
        first, _ = full[0]
        room = max(room for cap, room in full if cap.get("then", "drop") == first.get("then", "drop"))
        return self.held("CAP_REACHED", first.get("then", "drop"), room, asked, channel, rule=first["id"])

    def room(self, cap: Mapping[str, Any], asked: Asked) -> int:
        """When the cap has room for one more: now, or later."""
        times = [sent.at for sent in self.counted(cap, asked)]
        if "within" in cap:
            window = span(cap["within"])
            inside = [at for at in times if at > asked.now - window]
            limit = self.limit(cap, asked.now)
            return asked.now if len(inside) < limit else inside[-limit] + window
        begun, following = period(asked.now, self.calendar_zone(), cap["per"], self.policy.get("week_starts", "monday"))
        return asked.now if sum(at >= begun for at in times) < self.limit(cap, asked.now) else following

    def quiet(self, asked: Asked, channel: str) -> No | None:
        """Whether it is night where she lives."""
        end = self.night_ends(asked, channel, asked.now)
        if end == asked.now:
            return None
        return self.held("QUIET_HOURS", self.policy["quiet_hours"].get("then", "defer"), asked.now, asked, channel)

    def throttled(self, asked: Asked, channel: str) -> No | None:
        """Whether the channel is full in this period. Then the message gets a place in the next free period, unless it expires before."""
        place = self.place(asked, channel)
        if place is None or place.number * place.length <= asked.now:
            return None
        begins, length = place.number * place.length, place.length
        share = min(round(chance.lot("release", self.memory.user) * length), length - 1)
        at = self.awake(asked, channel, self.awake(asked, channel, begins) + share, share)
        if at >= asked.lives_until:
            return No("THROTTLED", "drop")
        if at >= begins + length:
            return No("THROTTLED", "defer", at, used="QUIET_HOURS")
        return No("THROTTLED", "defer", at, place=place)

    def place(self, asked: Asked, channel: str) -> Place | None:
        """The next place for it: one of this period if there is one left; None if the channel has no limit. A held-out customer keeps its place."""
        rate = self.policy.get("throughput", {}).get(channel)
        if rate is None or asked.transactional:
            return None
        most, unit = rate.split(" per ")
        length = PERIODS[unit]
        place = Place(channel, length, asked.now // length, asked.held_out)
        if asked.held_out and asked.kept == place:
            return place
        while sum(taken[:3] == place[:3] and (asked.held_out or not taken.held_out) for taken in self.places) >= int(most):
            place = place._replace(number=place.number + 1)
        return place

    def awake(self, asked: Asked, channel: str, at: int, later: int = 0) -> int:
        """That instant, or if it is in the night so much later than its end."""
        end = self.night_ends(asked, channel, at)
        assert end is not None
        return at if end == at else end + later

    def held(self, reason: str, then: str, room: int, asked: Asked, channel: str, *, rule: str = "") -> No:
        """What a cap or quiet hours do; `room` is when there is room again, and the night after it is waited out as well."""
        if then != "defer":
            return No(reason, then, rule=rule)
        end = self.night_ends(asked, channel, room)
        if end is None:
            return No(reason, "drop", rule=rule)
        at = end + self.jitter()
        morning = self.night_ends(asked, channel, at)
        assert morning is not None
        return No(reason, "defer", at if morning == at else morning + self.jitter(), rule)

    def night_ends(self, asked: Asked, channel: str, at: int) -> int | None:
        """The first instant from `at` on at which it is not night for this message; None: it is always night."""
        hours = self.policy.get("quiet_hours")
        if not hours or asked.exempt(["transactional", *hours.get("exempt", [])]) or channel not in hours.get("channels", [channel]):
            return at
        zone = self.quiet_zone(hours)
        return None if zone == "strictest" else quiet_until(at, zone, hours["from"], hours["to"])

    def quiet_zone(self, hours: Mapping[str, Any]) -> str:
        """By whose clock it is night."""
        fixed = hours.get("zone", "user")
        if fixed != "user":
            return str(fixed)
        return self.memory.zone() or ("strictest" if self.memory.traits().get("timezone") else str(hours.get("fallback", "UTC")))

    def calendar_zone(self) -> str:
        """By whose calendar days are counted; where nothing is known, by the fall-back of quiet hours if it is a zone."""
        fallback = self.policy.get("quiet_hours", {}).get("fallback", "UTC")
        return self.memory.zone() or ("UTC" if fallback == "strictest" else fallback)

    def jitter(self) -> int:
        """Her own share of the spread."""
        hours = self.policy.get("quiet_hours", {})
        spread = span(hours.get("spread", "15m"))
        if hours:
            spread = min(spread, (minutes(hours["from"]) - minutes(hours["to"])) % (24 * 60) * MINUTE)
        return round(chance.lot("release", self.memory.user) * spread)


def looks_again(now: int, *, since: int, ends: int) -> int:
    """When a held message looks again: after a quarter of its time, between a minute and half an hour, and when it ends."""
    return max(now + 1, min(now + sorted((MINUTE, (now - since) // 4, 30 * MINUTE))[1], ends))


PERIODS = {"second": 1000, "minute": MINUTE, "hour": 60 * MINUTE}
