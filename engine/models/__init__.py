"""Where models come from, and how they get into memory."""
