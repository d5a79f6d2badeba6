"""The page «Árbol de beams»: what a beam search compared."""
