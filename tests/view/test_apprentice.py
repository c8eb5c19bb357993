"""What the demo says of the model that it trained on the spot."""

from cli.apprentice import verdict


def test_what_training_printed_becomes_one_line() -> None:
    told = "rows\n  auc     0.713 [0.611, 0.798]   0.720 [0.6, 0.8]\nparity: ok\npublished: purchase-propensity:fd36f963122e is used from now on\n"
    assert verdict(told) == "purchase-propensity:fd36f963122e is in use, trained just now, AUC 0.713 on later customers"
