"""`/clase`: the workshop's session given in a thread, cell by cell."""
