"""What each version of a model is used for, as `control` says, in words. The registry may say something else: both are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.control import address

if TYPE_CHECKING:
    from services.control.listing import Published

NOT_PUBLISHED = "not published"


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What `control` publishes of one model, or why that is not known."""

    published: "Published | None" = None
    unknown: str = ""
    """Why `control` could not be read; empty if it was, or was not asked."""
    asked: bool = True

    def of(self, version: str) -> str:
        """What a version is used for: `champion`, `shadow`, and so on; empty if that is not known."""
        if self.unknown or not self.asked:
            return ""
        versions = self.published.document["versions"] if self.published else ()
        if self.published is None or all(str(each["version"]) != version for each in versions):
            return NOT_PUBLISHED
        return role(self.published.document, version, self.published.status) or "kept loaded, not used"

    def apart(self, champion: str | None) -> str | None:
        """A sentence if the registry's champion is not the version that speaks; None if they agree, or if either is not known."""
        if self.unknown or not self.asked or champion is None:
            return None
        if self.published is None:
            return f"the registry's champion, {champion}, is not published: `kairos models promote` publishes it"
        current = str(self.published.document["current"])
        if current == champion:
            return None
        return f"published is {current}, and the registry's champion is {champion}: `kairos models promote` publishes the one that you name"


def roles(brokers: str | None, topic: str, name: str, *, offline: bool) -> Roles:
    """Ask `control` for a model. A broker that does not answer is no error, since the registry can be shown without it."""
    if offline:
        return Roles(asked=False)
    from services.control.models import listed
    from udfs.core.values.errors import NotAllowed, Unavailable

    try:
        found = {each.name: each for each in listed(address(brokers), topic)}
    except (Unavailable, NotAllowed) as error:
        return Roles(unknown=str(error))
    return Roles(published=found.get(name))


def role(document: Mapping[str, Any], version: str, status: str) -> str:
    """What a version is used for; nothing for one that is only kept loaded."""
    challenger, shadow = document.get("challenger"), document.get("shadow")
    if challenger and version == challenger["version"]:
        told = f"challenger, {challenger['share'] * 100:g} %"
    elif shadow and version == shadow["version"]:
        told = "shadow"
    elif version == document["current"]:
        told = "champion" if challenger or shadow else "yes"
    else:
        return ""
    return "paused" if status == "paused" else told
