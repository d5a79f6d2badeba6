"""Compares what the workshop's notebook stores with a model's own numbers, computed twice."""
