"""What is left of the free parts of a record once nothing in them says who somebody is.

Three rules. What is said of a person or a device (traits, context) is written only where a list allows it. Of everything else (properties,
features, facts) fields go whose names say that they hold a contact, a name, an address or a secret. And in every text that is written, e-mail
addresses, IP addresses, international phone numbers and the ids of the event's own person are replaced.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from udfs.core.values.contacts import holds_number, without_mails, without_numbers
from udfs.core.values.names import normalise
from udfs.lake.pseudonyms import Pseudonyms

TRAITS = frozenset(
    [
        "age_group",
        "country",
        "created_at",
        "currency",
        "gender",
        "language",
        "locale",
        "loyalty_tier",
        "lifetime_value",
        "plan",
        "segment",
        "status",
        "subscription",
        "tier",
        "timezone",
        "industry",
        "employees",
    ]
)
"""Traits that are written as they are. Whoever has others that say nothing of one person alone names them: --traits."""
CONTEXT: Mapping[str, Any] = {
    "locale": True,
    "timezone": True,
    "consent": True,
    "consent_management": True,
    "library": {"name": True, "version": True},
    "app": {"name": True, "version": True, "build": True},
    "os": {"name": True, "version": True},
    "device": {"type": True, "manufacturer": True, "model": True},
    "campaign": {"name": True, "source": True, "medium": True, "term": True, "content": True},
    "page": {"path": True, "title": True},
    "screen": {"width": True, "height": True, "density": True},
}
"""Of the context: no address, no user agent, no advertising or push token, no query of a URL."""
_WORDS = frozenset(
    [
        "email",
        "mail",
        "phone",
        "mobile",
        "telephone",
        "tel",
        "fax",
        "surname",
        "firstname",
        "lastname",
        "fullname",
        "username",
        "nickname",
        "address",
        "street",
        "zip",
        "postcode",
        "birthday",
        "birthdate",
        "dob",
        "ip",
        "ipv4",
        "ipv6",
        "iban",
        "bic",
        "ssn",
        "passport",
        "avatar",
        "password",
        "passwd",
        "secret",
        "token",
        "lat",
        "lon",
        "latitude",
        "longitude",
        "useragent",
        "idfa",
        "gaid",
        "imei",
        "msisdn",
    ]
)
_PAIRS = re.compile(
    r"(^|_)(e_mail|(first|last|full|middle|maiden|user|display|nick|given|family|customer|recipient|contact|holder)_name|postal_code|zip_code|"
    r"birth_date|date_of_birth|card_number|account_number|tax_id|vat_id|user_agent|house_number)(_|$)"
)
_IDS = re.compile(r"(^|_)(user|anonymous|previous|customer|visitor|client|contact|profile|person|member|subscriber|account|device|group)_?id$")
_SHORT = 3
"""An id of fewer characters is replaced only where it is a whole text: as a part of words it says nothing."""
_LONG_NUMBER = 5
MAX_DEPTH = 32

_PEOPLE = frozenset(
    ["customer", "contact", "recipient", "user", "person", "profile", "member", "traveller", "guest", "owner", "referrer_user", "billing", "shipping"]
)
"""Objects that describe somebody, whatever their fields are called. As a number it is a cost, as of shipping."""

_GONE, _PLAIN, _ID, _PERSON, _TRAITS = range(5)


_plain = lru_cache(maxsize=8192)(normalise)
"""Names of fields are few, and come with every event."""


@lru_cache(maxsize=8192)
def _kind(name: str) -> int:
    plain = normalise(name)
    if _IDS.search(plain) or plain in ("referred_by", "invited_by"):
        return _ID
    if not _WORDS.isdisjoint(plain.split("_")) or plain.replace("_", "") in _WORDS or _PAIRS.search(plain):
        return _GONE
    if plain in _PEOPLE:
        return _PERSON
    return _TRAITS if plain == "traits" else _PLAIN


def is_harmless(name: str) -> bool:
    """Whether a name holds no address, as a key that somebody made of one does."""
    return "@" not in name and "%40" not in name and not holds_number(name)


class Redact:
    """Redacts what belongs to one record. `names`: the ids of its person, which no text may hold."""

    def __init__(self, pseudonyms: Pseudonyms, names: Collection[str], *, traits: Collection[str] = TRAITS, figures: bool = False) -> None:
        """`figures`: numbers stay whatever they are called, for they are counts and sums of ours, such as how many mails were opened."""
        self._pseudonyms = pseudonyms
        self._traits = traits
        self._kept = (bool, int, float) if figures else bool
        self._folded = {name.casefold(): name for name in names if name}
        self._longer = [name for name in self._folded if len(name) >= _SHORT]

    def fields(self, value: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
        """An object without the fields that say who somebody is."""
        found: dict[str, Any] = {}
        for name, part in value.items():
            kind = _kind(name)
            if kind == _PLAIN or (isinstance(part, self._kept) and is_harmless(name)):
                found[self.text(name)] = self.value(part, depth)
            elif kind == _ID and isinstance(part, (str, int)) and not isinstance(part, bool):
                found[name] = self._pseudonyms.of(str(part))
            elif (kind == _PERSON and isinstance(part, (bool, float, int))) or (kind == _TRAITS and isinstance(part, dict)):
                found[name] = self.traits(part) if isinstance(part, dict) else part
        return found

    def traits(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The traits that a list allows, and every yes and no."""
        return {
            name: self.value(part) for name, part in value.items() if _plain(name) in self._traits or (isinstance(part, bool) and is_harmless(name))
        }

    def value(self, value: Any, depth: int = 0) -> Any:
        """Any value of JSON. What is nested deeper than anybody writes is left out."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.fields(value, depth + 1) if depth < MAX_DEPTH else None
        if isinstance(value, (list, tuple)):
            return [self.value(part, depth + 1) for part in value] if depth < MAX_DEPTH else None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and self._is_id(value):
            return self._pseudonyms.of(str(int(value)))
        return value

    def text(self, text: str) -> str:
        """A text without addresses and ids."""
        text = without_mails(text)
        folded = text.casefold()
        whole = self._folded.get(folded.strip())
        if whole is not None:
            return self._pseudonyms.of(whole)
        text = without_numbers(text)
        for name in self._longer:
            if name in folded:
                text = _word(name).sub(self._pseudonyms.of(self._folded[name]), text)
        return text

    def name(self, name: str) -> str:
        """The name of an event, spelt with underscores: ids in it are spelt so, too."""
        for each, known in self._folded.items():
            plain = normalise(each)
            if len(plain) >= _SHORT and plain in name:
                name = _word(plain).sub(self._pseudonyms.of(known), name)
        return self.text(name)

    def allowed(self, value: Mapping[str, Any], allowed: Mapping[str, Any]) -> dict[str, Any]:
        """Of an object the fields that a list allows, and of those that are objects, what the list within allows."""
        found: dict[str, Any] = {}
        for name, part in value.items():
            rule = allowed.get(_plain(name))
            if isinstance(rule, dict):
                if isinstance(part, dict) and (inner := self.allowed(part, rule)):
                    found[name] = inner
            elif rule:
                found[name] = self.value(part)
        return found

    def _is_id(self, number: float) -> bool:
        return 10 ** (_LONG_NUMBER - 1) <= abs(number) < 2**63 and str(int(number)) in self._folded


def _word(name: str) -> re.Pattern[str]:
    """Where an id stands as a word of its own, in any case. It is made only where a text holds it."""
    return re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", re.IGNORECASE)
