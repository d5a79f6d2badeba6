"""`/rellenar`: the gaps of a text, filled by an encoder, which sees both sides of them."""
