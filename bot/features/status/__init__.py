"""`/estado`: for those who manage the server."""
