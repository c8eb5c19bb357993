"""Whether groups of customers are treated alike: who is reached, how they are scored, and what followed."""
