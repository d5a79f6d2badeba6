"""The page «Embudo»: what each stage left of the vocabulary."""
