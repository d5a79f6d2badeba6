"""The tiny models of the engine's tests, for the numbers that the glossary shows."""

from tests.engine.conftest import tiny_model

__all__ = ["tiny_model"]
