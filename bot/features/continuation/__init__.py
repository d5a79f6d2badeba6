"""`/continuar`: a text that goes on, its message and what it leads to."""
