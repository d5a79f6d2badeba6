"""Several tries of one text: cards, reading one, keeping one, and the votes of the channel."""
