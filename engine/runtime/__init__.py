"""How requests are admitted, ordered and run; nothing here imports torch when imported."""
