"""Strategies that read the order of items with a neural network, in JAX: the extra `sequence`."""
