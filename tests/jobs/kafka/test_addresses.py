import pytest

from jobs.kafka.addresses import BadAddress, places


def test_several_brokers_also_by_number_and_with_blanks() -> None:
    assert places("kafka-1.example.com:9092, [::1]:9093,10.0.0.1:65535") == [("kafka-1.example.com", 9092), ("::1", 9093), ("10.0.0.1", 65_535)]


@pytest.mark.parametrize(
    "told",
    ["", "kafka", "kafka:", ":9092", "kafka:0", "kafka:65536", "kafka:x", "https://kafka:9092", "kafka:9092,", "kafka:9092;other:9092",
     "kafka:9092\\", "kafka:9092\r", "user@kafka:9092", "kafka:9092/x", "SASL_SSL://kafka:9092", "kafka:\N{ARABIC-INDIC DIGIT FOUR}"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_form(told: str) -> None:
    if told == "kafka:9092\r":
        assert places(told) == [("kafka", 9092)], "a blank at the end is no part of it"
        return
    with pytest.raises(BadAddress, match=r"is not the address of a broker: host:port, such as"):
        places(told)
