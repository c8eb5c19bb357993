"""The settings of topics: for how long a broker keeps their records."""

from collections.abc import Iterable, Mapping
from typing import Any

from kafka.admin import ConfigResource
from kafka.errors import AuthorizationError

from jobs.kafka.connect import KafkaRefused
from services.kafka.client import admin

Settings = Mapping[str, str]
"""Setting -> value, as Kafka says it."""


def settings_of(brokers: str, topics: Iterable[str]) -> dict[str, Settings]:
    """Topic -> all its settings, also those that are the broker's defaults; without topics that do not exist. Raises KafkaRefused."""
    client = admin(brokers)
    try:
        existing = set(client.list_topics())
        wanted = [ConfigResource("TOPIC", name) for name in dict.fromkeys(topics) if name in existing]
        if not wanted:
            return {}
        found: Mapping[str, Mapping[str, Mapping[str, Any]]] = client.describe_configs(wanted, config_filter="all")["topic"]
    except AuthorizationError as problem:
        message = f"the broker at {brokers} does not allow the settings of topics to be read (DescribeConfigs)"
        raise KafkaRefused(message) from problem
    finally:
        client.close()
    return {topic: {key: str(entry["value"]) for key, entry in told.items()} for topic, told in found.items()}
