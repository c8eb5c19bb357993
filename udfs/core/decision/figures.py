"""What the conversions of a customer come to for each window, and to which message they are credited. Computed from facts, whenever one changes."""

from collections.abc import Mapping, Sequence

from udfs.core.campaigns.goal import BASES
from udfs.core.decision.credit import Touch, shares
from udfs.core.profile.windows import ACTED, NO_VALUE, OF_REVENUE, Conversion, Held, Sums, Window

DIGITS = 6
"""Of amounts and credit, behind the point."""
Worth = tuple[int, float, int]
"""How often a goal was reached, what that is worth, and how many there are of unknown worth."""
_ARRIVED = frozenset({"sent", "delivered", "opened", "clicked"})


def figures(held: Held) -> dict[int, Sums]:
    """For the number of each window, what its conversions come to, those that are settled among them."""
    found = {window.number: _copy(window.settled) for window in held.windows}
    windows = {window.number: window for window in held.windows}
    for conversion in held.conversions:
        _add(conversion, windows, found)
    return found


def worth(sums: Sums) -> Worth:
    """What conversions come to."""
    return sums.conversions, round(sums.value, DIGITS), sums.unvalued


def settle(held: Held, conversions: Sequence[Conversion]) -> None:
    """Nothing can change these conversions any more: of them only the sums are kept."""
    if not conversions:
        return
    windows = {window.number: window for window in held.windows}
    for conversion in conversions:
        sums = {number: windows[number].settled or Sums() for number, _ in conversion.hits if number in windows}
        _add(conversion, windows, sums)
        for number, each in sums.items():
            windows[number].settled = each
    held.conversions = [each for each in held.conversions if each not in conversions]


def _copy(sums: Sums | None) -> Sums:
    if sums is None:
        return Sums()
    return Sums(sums.conversions, sums.value, sums.unvalued, sums.first, [*sums.credit], [*sums.credited_value])


def _add(conversion: Conversion, windows: Mapping[int, Window], found: Mapping[int, Sums]) -> None:
    if conversion.gone:
        return
    credit = _credit(conversion, windows)
    for number, told in conversion.hits:
        if number not in found:
            continue
        sums = found[number]
        sums.conversions += 1
        sums.first = min(sums.first or conversion.at, conversion.at)
        worth = _worth(windows[number], conversion, told)
        if worth is not None:
            sums.value += worth
        elif windows[number].kind != NO_VALUE:
            sums.unvalued += 1
        if number in credit:
            share = credit[number]
            sums.credit = _plus(sums.credit, share)
            if worth:
                sums.credited_value = _plus(sums.credited_value, [worth * each for each in share])


def _plus(sums: list[float], more: Sequence[float]) -> list[float]:
    return [one + other for one, other in zip(sums, more, strict=True)] if sums else [*more]


def _credit(conversion: Conversion, windows: Mapping[int, Window]) -> dict[int, tuple[float, ...]]:
    """For the windows whose messages qualify, their share by each model."""
    touches = []
    for number, _ in conversion.hits:
        window = windows.get(number)
        if window is not None and (at := _touched(window, conversion.at)) is not None:
            touches.append((at, number, window.half_life))
    touches.sort()
    parts = shares([Touch(at, half_life) for at, _, half_life in touches], conversion.at)
    return {number: part for (_, number, _), part in zip(touches, parts, strict=True)}


def _touched(window: Window, until: int) -> int | None:
    """When the message of a window did what its goal's basis asks; None: it did not, or not by then. One that never arrived has no credit."""
    engagement = window.engagement
    if window.outcome != ACTED or "bounced" in engagement or ("recalled" in engagement and _ARRIVED.isdisjoint(engagement)):
        return None
    at = window.at if window.basis == 0 else engagement.get(BASES[window.basis])
    return at if at is not None and at <= until else None


def _worth(window: Window, conversion: Conversion, told: float | None) -> float | None:
    """What a conversion is worth to a campaign now. Of a value that is an expression, the same share is paid back as of the order."""
    if window.kind == NO_VALUE or conversion.unclear:
        return None
    amount = conversion.amount
    left = None if amount is None else max(0.0, round(amount - conversion.back, DIGITS))
    if window.kind == OF_REVENUE:
        return left
    if told is None or not conversion.back:
        return told
    return None if not amount or left is None else told * left / amount
