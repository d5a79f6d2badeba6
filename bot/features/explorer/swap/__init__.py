"""«Cambiarla»: another word in a token's place, and the text goes on from there."""
