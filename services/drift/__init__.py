"""Whether models still say what they said, and whether what they predict comes true: by version, and by campaign."""
