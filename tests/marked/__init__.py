"""Personal data that can be told from everything else, and a search for it: no more of it may be anywhere than belongs there."""
