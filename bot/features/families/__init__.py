"""`/familias`: one sentence in an encoder, a decoder and an encoder-decoder."""
