"""Unicornio on Discord: commands, views, storage. Never imports torch."""
