"""The page «Otra T o corte»: a step drawn again with the same die."""
