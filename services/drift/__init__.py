"""Whether models still say what they said, and whether what they predict happens: by version, and by campaign."""
