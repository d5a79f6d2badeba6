"""The explorer of a text that a server wrote: what it tells of each step, and no more."""
