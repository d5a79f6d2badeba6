"""`/tokens`: the pieces in which a model gets a text, and what they cost."""
