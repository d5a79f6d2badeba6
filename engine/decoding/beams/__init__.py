"""Searches that weigh whole hypotheses."""
