"""The topics of the monitor of anomalies, on Kafka."""

from collections.abc import Mapping

from services.control.holds import Found, held_record, usual_record
from services.control.listing import Published
from services.control.send import send
from services.control.signature import Signature
from services.kafka.client import admin
from services.rollout.campaign_watch import CampaignsOnKafka
from udfs.core.values.errors import NotFound

WHO = "monitor of anomalies"


class HoldsOnKafka(CampaignsOnKafka):
    """Control, on Kafka."""

    def hold(self, campaign: Published, found: Found, *, at: int) -> None:
        """Hold a campaign from now on; recorded on the audit."""
        send(self.brokers, self.topic, [held_record(campaign, found, at=at)], signed=Signature(who=WHO, why=found.why))

    def tell_usual(self, offers: Mapping[str, Mapping[str, float]], *, at: int) -> None:
        """Say how large offers usually are. Nobody has decided that, so it is not on the audit."""
        send(self.brokers, self.topic, [usual_record(offers, at=at)], audited=False)


def action_topics(brokers: str, prefix: str) -> list[str]:
    """The topics of actions. Raises NotFound if there is none."""
    client = admin(brokers)
    try:
        found = sorted(name for name in client.list_topics() if name.startswith(prefix))
    finally:
        client.close()
    if not found:
        message = f"no topic begins with {prefix!r} at {brokers}: `kairos submit` creates the topics of actions, or name another prefix"
        raise NotFound(message)
    return found
