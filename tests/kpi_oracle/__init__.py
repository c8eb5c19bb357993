"""What a report should say, worked out plainly from everything that happened. It shares no code with the report, and knows no SQL."""
