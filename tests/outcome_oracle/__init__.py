"""What outcomes should say, worked out from a whole history at once. It shares no code with the engine."""
