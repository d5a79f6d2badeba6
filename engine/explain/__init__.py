"""Explanations of what a model wrote; importing this package does not import torch."""
