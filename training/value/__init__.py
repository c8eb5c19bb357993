"""The family `value`: what a customer will order in the time to come, how often and for how much. docs/models-value.md."""
