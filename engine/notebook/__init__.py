"""The workshop's notebook: the numbers that it stores, and the lesson as a notebook of its own."""
