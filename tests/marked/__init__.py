"""Personal data that can be told from everything else, and a search for it: nothing of it may be anywhere but where it belongs."""
