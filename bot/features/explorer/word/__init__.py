"""«¿Y mi palabra?»: why a word did not come out, and what would let it."""
