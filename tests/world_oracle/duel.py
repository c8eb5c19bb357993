"""Two players, the same worlds: where do they differ? An engine's adapter is compared with the oracle by `first_difference`."""

from collections.abc import Iterable, Mapping
from functools import partial

from tests.world_oracle.laws import NewPlayer, broken_by
from tests.world_oracle.oracle import Oracle
from tests.world_oracle.player import Decision, Player, Verdict
from tests.world_oracle.shrink import shrink, story
from tests.world_oracle.telling import LEFT_CART
from tests.world_oracle.worlds import World, world

BODY = {"content": {"body": "x"}}
CAMPAIGNS: tuple[Mapping[str, object], ...] = (
    LEFT_CART,
    {
        "campaign": "third-order",
        "trigger": {"event": "order_completed"},
        "when": "orders_90d >= 3",
        "entry": {"again": "90d"},
        "variants": {"points": {"channel": "email", **BODY}},
    },
    {
        "campaign": "browsed",
        "trigger": {"idle": "20m", "of": "browsing", "unless": ["product_added", "order_completed"]},
        "when": "cart.empty",
        "entry": {"again": "1d"},
        "variants": {"look": {"channel": ["push", "email"], **BODY}},
    },
    {
        "campaign": "come-back",
        "trigger": {"since": "order_completed", "wait": "2d", "unless": ["product_viewed"]},
        "when": "spend_30d > 50 or not user.vip",
        "variants": {"word": {"channel": "push", **BODY}},
    },
    {
        "campaign": "service-order",
        "purpose": "transactional",
        "trigger": {"event": "order_completed"},
        "entry": {"once_per": "event.order_id"},
        "steps": [{"send": "thanks"}, {"wait": "1h", "leave_on": ["order_cancelled"]}, {"send": "review"}],
        "variants": {"thanks": {"channel": "email", **BODY}, "review": {"channel": "email", **BODY}},
    },
    {
        "campaign": "service-check-out",
        "purpose": "transactional",
        "trigger": {"event": "checkout_started", "unless": [{"event": "order_completed", "same": "checkout_id"}]},
        "steps": [{"wait_for": ["order_completed"], "at_most": "2h", "then": [], "else": [{"send": "help"}]}],
        "variants": {"help": {"channel": "push", **BODY}},
    },
    {
        "campaign": "come-back-later",
        "trigger": {"since": "order_completed", "wait": "6h", "unless": ["product_viewed"]},
        "steps": [{"wait": "1h", "leave_on": ["product_added"]}, {"send": "word"}],
        "variants": {"word": {"channel": "push", **BODY}},
    },
)


def oracle(story: World) -> Player:
    """The oracle, with the campaigns that worlds are played with."""
    return Oracle(CAMPAIGNS, story.rules)


def differences(one: World, new_player: NewPlayer, judge: NewPlayer = oracle) -> list[str]:
    """Where the player differs from the oracle: in whether each record was accepted, and in all decisions and recalls."""
    theirs, ours = new_player(one), judge(one)
    for player in (theirs, ours):
        for told in one.told:
            player.record(told.record.key, told.record.value, told.record.at)
        player.finish()
    found = []
    for told, their, our in zip(one.told, theirs.verdicts(), ours.verdicts(), strict=True):
        if [essence(verdict) for verdict in their] != [essence(verdict) for verdict in our]:
            found.append(f"{told.fact}: {their}, and not {our}")
    their_decisions, our_decisions = sorted(map(shortly, theirs.decisions())), sorted(map(shortly, ours.decisions()))
    found += [f"decided, and should not be: {one}" for one in their_decisions if one not in our_decisions]
    found += [f"not decided, and should be: {one}" for one in our_decisions if one not in their_decisions]
    their_recalls = sorted((recall.at, recall.campaign, recall.reason, recall.acted_at) for recall in theirs.recalls())
    our_recalls = sorted((recall.at, recall.campaign, recall.reason, recall.acted_at) for recall in ours.recalls())
    if their_recalls != our_recalls:
        found.append(f"recalls {their_recalls}, and not {our_recalls}")
    return found or (["as many decisions, some of them twice"] if their_decisions != our_decisions else [])


def essence(verdict: Verdict) -> tuple[bool, bool]:
    """Refused, taken, or known already."""
    return verdict.accepted, verdict.duplicate


def shortly(decision: Decision) -> tuple[int, str, str, str, str, int]:
    """What two players can agree on: ids of carts and runs are each player's own."""
    return decision.at, decision.campaign, decision.outcome, decision.reason, decision.channel or "", decision.attempt


def first_difference(seeds: Iterable[int], new_player: NewPlayer) -> str | None:
    """The smallest story on which the player and the oracle differ, in words; None if they agree on all."""
    for seed in seeds:
        if differences(world(seed), new_player):
            smallest = shrink(world(seed), lambda one: bool(differences(one, new_player)))
            return "\n".join([story(smallest), *differences(smallest, new_player)])
    return None


def breaks(law: str, new_player: NewPlayer, one: World) -> bool:
    """Whether the player breaks that law there."""
    return law in broken_by(one, new_player)


def first_broken_law(seeds: Iterable[int], new_player: NewPlayer) -> str | None:
    """The smallest story in which the player breaks a law, in words; None if it keeps all."""
    for seed in seeds:
        if broken := broken_by(world(seed), new_player):
            name = next(iter(broken))
            smallest = shrink(world(seed), partial(breaks, name, new_player))
            return "\n".join([story(smallest), name, *broken_by(smallest, new_player)[name]])
    return None
