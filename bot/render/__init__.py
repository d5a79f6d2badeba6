"""Turn plain values into text that Discord shows well, and into pictures."""
