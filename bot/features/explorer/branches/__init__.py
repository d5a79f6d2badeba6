"""The page «Rama»: going on by another token, and the tree of branches."""
