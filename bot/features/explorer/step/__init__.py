"""The first page: one step, its candidates and its verdict."""
