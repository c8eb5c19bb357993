"""Step 4, remember: take one event into the profile. Nothing here decides."""

from collections.abc import Mapping, Set
from typing import Any

from udfs.core.campaigns.roles import Role
from udfs.core.counts import Counts
from udfs.core.decision import exits, ordered, removed
from udfs.core.decision.turn import Turn
from udfs.core.policy import reach
from udfs.core.profile import carts, orders, receipts, sessions, viewed, wanted
from udfs.core.profile.bounds import MAX_BOUGHT, MAX_SEEN, has_room
from udfs.core.profile.cart_products import product_of
from udfs.core.profile.sessions import VISIT_STARTED
from udfs.core.profile.state import Profile
from udfs.core.records import Event
from udfs.core.values.bounded import MAX_TEXT, small
from udfs.core.values.money import Currency
from udfs.core.values.names import read, twins
from udfs.core.values.zones import MAX_NAME as MAX_ZONE
from udfs.core.values.zones import zone

MAX_LOCALE = 35


def remember(turn: Turn, event: Event, role: Role, *, late: bool, retold: int | None = None) -> carts.Change:
    """Update everything that `event` changes; returns what it did to carts. A late or passive one leaves the session as it is.

    `retold`: the time that an order says that was reported before, as of the event's; it is late, and no longer counts.
    """
    profile, book, counts = turn.profile, turn.book, turn.counts
    at, name, properties, context = event.at, event.name, event.properties, event.context
    now = profile.now = max(profile.now, at) if late else at
    if not event.passive:
        if late:
            profile.active = max(profile.active, at)
        else:
            profile.active = at
            session = sessions.begin(profile, at)
            if not session.events:
                if book.removed or book.features.removed:
                    removed.forget(profile, book, turn.now)
                if VISIT_STARTED in book.features.updates:
                    book.features.update(profile, VISIT_STARTED, _values(event, book.policy.currency), at, now)
            sessions.count(session, name, at)
    _see(profile, name, at)
    if event.traits:
        _traits(profile, event, late=late, channels=book.known_channels, counts=counts)
    if event.type == "group":
        _group(profile, properties, late=late, counts=counts)
    if "device" in context and (token := reach.device(context)) is not None:
        if role.is_receipt:
            known = reach.is_known(profile, "push_token")
        else:
            reach.heard(profile, {"push_token": token}, at)
            known = reach.is_outdated(profile, "push_token", at)
        if not known:
            profile.traits["push_token"] = token[:MAX_TEXT]
    place = context.get("timezone")
    if place is not None and place != profile.zone and not (late and profile.zone):
        if isinstance(place, str) and zone(place):
            profile.zone = place
        else:
            counts["unknown_zones"] += 1
            if not profile.zone:  # stated, and not understood: quiet hours then take no chances
                profile.zone = str(place)[:MAX_ZONE]
    if name in wanted.SPOKEN:
        wanted.take(profile, event)
    if role.is_browsing:
        profile.browsed = max(profile.browsed, at) if late else at
        if name == "product_viewed":
            _view(profile, properties, at, late=late)
    language = context.get("locale")
    if language is not None and language != profile.locale and isinstance(language, str) and not (late and profile.locale):
        profile.locale = language[:MAX_LOCALE]
        turn.moved = True
    if role.is_of_order:
        if name == orders.COMPLETED:
            _buy(profile, properties, at)
        ordered.take(profile, event, book.policy.currency.in_base(properties), book, now)
    if retold is None and (updates := book.features.updates.get(name)) is not None:
        values = _values(event, book.policy.currency)
        for update in updates:
            update(profile, values, at, now)
    if role.is_of_cart:
        teller = carts.Teller(exits.teller(event), turn.now) if role.is_closing or profile.closings else carts.NOBODY
        return carts.update(
            profile,
            user_id=event.user_id,
            name=name,
            properties=properties,
            at=at,
            late=late,
            retold=retold,
            teller=teller,
            sent_as=event.sent_as,
        )
    return carts.UNCHANGED


def _values(event: Event, currency: Currency) -> Mapping[str, Any]:
    """What features read. Those that calculate read amounts in the shop's currency; those that repeat a value, as it was sent."""
    told = event.properties
    if currency.base is None:
        return {"properties": told, "told": told, "traits": event.traits, "context": event.context, "name": event.name}
    return {"properties": currency.in_base(told), "told": told, "traits": event.traits, "context": event.context, "name": event.name}


def forget_all(profile: Profile, at: int) -> None:
    """Somebody without consent to storage: nothing stays but what she said about consent, and the ids by which repeats are known."""
    blank = Profile(born=profile.born, now=max(profile.now, at), ids=profile.ids, consents=profile.consents, clock=profile.clock)
    blank.anonymous = profile.anonymous
    for name in Profile.__struct_fields__:
        setattr(profile, name, getattr(blank, name))


def _see(profile: Profile, name: str, at: int) -> None:
    seen = profile.seen
    held = seen.get(name)
    if held is None:
        if len(seen) >= MAX_SEEN:
            del seen[min(seen, key=seen.__getitem__)]
        seen[name] = at
    elif at > held:
        seen[name] = at


def _view(profile: Profile, properties: Mapping[str, Any], at: int, *, late: bool) -> None:
    product_id = str(properties.get("product_id") or "")
    if product_id:
        profile.packed_viewed = viewed.with_one_more(profile.packed_viewed, product_id[:MAX_TEXT], at, late=late)


def _buy(profile: Profile, properties: Mapping[str, Any], at: int) -> None:
    """What was ordered, each product once. An order without a list may name a single one."""
    products = properties.get("products")
    single = {key: properties.get(key) for key in ("product_id", "sku")}
    listed = products[:MAX_BOUGHT] if isinstance(products, list) else [single]
    names = [product_of(product) for product in listed if isinstance(product, dict)]
    if any(names):
        profile.bought = viewed.latest([*profile.bought, *((name, at) for name in names if name)])[-MAX_BOUGHT:]


def _traits(profile: Profile, event: Event, *, late: bool, channels: Set[str], counts: Counts) -> None:
    """Plain values, and small lists and objects. A late event fills gaps; it does not overwrite what came after it. Of an address the latest word
    counts, also that there is none; that of a receipt, where a message went that was sent before, is a word only where there was none. None
    forgets a trait."""
    held, is_receipt = profile.traits, event.name in receipts.OUTCOMES
    for name, value in event.traits.items():
        if reach.is_address(name):
            if reach.is_known(profile, name) if is_receipt else reach.is_outdated(profile, name, event.at):
                continue
        elif late and read(held, name) is not None:
            continue
        _forget_twins(held, name)
        if value is None or (reach.is_address(name) and reach.is_no_address(name, value)):
            held.pop(name, None)
        elif (kept := small(value)) is None or not (has_room(held, name) or reach.is_needed(name, channels)):
            counts["traits_dropped"] += 1
        else:
            held[name] = kept


def _forget_twins(held: dict[str, Any], name: str) -> None:
    """The latest word counts: forget what was said under another spelling of this name."""
    for other in twins(name):
        held.pop(other, None)


def _group(profile: Profile, properties: Mapping[str, Any], *, late: bool, counts: Counts) -> None:
    """What is said of the organisation; another one takes the place of the one before, with all that was said of it."""
    name, traits = properties.get("group_id"), properties.get("traits")
    if name is None or (late and profile.group):
        return
    held = profile.group if profile.group.get("id") == name else {"id": name}
    for trait, value in traits.items() if isinstance(traits, Mapping) else ():
        _forget_twins(held, trait)
        if value is None:
            held.pop(trait, None)
        elif trait == "id" or (kept := small(value)) is None or not has_room(held, trait):
            counts["traits_dropped"] += 1
        else:
            held[trait] = kept
    profile.group = held
