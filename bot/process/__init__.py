"""The process: console commands, start, connection, demo, health, metrics, logs."""
