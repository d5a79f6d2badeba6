"""The Spanish that several features share."""
