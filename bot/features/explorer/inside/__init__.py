"""The pages «Por dentro»: vectors, attention, logit lens."""
