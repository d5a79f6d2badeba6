"""`/datos`: what is stored about a person."""
