"""The page «¿Y con otra temperatura?»: a step drawn again with the same die."""
