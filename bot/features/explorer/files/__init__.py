"""Files of an attempt: the notebook's table, CSV, JSON, the tree."""
