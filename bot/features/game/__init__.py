"""`/adivina`: a channel guesses the next word, and the model shows its hand."""
