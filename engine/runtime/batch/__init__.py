"""Continuous batching: requests join and leave between any two steps."""
