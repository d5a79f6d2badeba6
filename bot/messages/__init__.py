"""Messages: what they show, how they are answered, edited and illustrated."""
