"""The family `intent`: what somebody means who writes something. docs/models-intent.md."""
