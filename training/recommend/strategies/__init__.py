"""Strategies: each gives scores to items for histories. One file each, and one suite of laws for all."""
