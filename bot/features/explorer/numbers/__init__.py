"""«Números»: a step's raw and final probabilities, ranks, bits, die and table."""
