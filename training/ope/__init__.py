"""Off-policy evaluation: what another way of choosing variants would have been worth, from decisions that were made with known probabilities."""
