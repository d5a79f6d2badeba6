"""The page «Ramas»: going on by another token, and the tree of branches."""
