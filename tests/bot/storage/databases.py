"""Where a test keeps its data: most run on both databases, see the fixture `database_url`."""

import pytest

sqlite_only = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])
"""Of a test that looks into the file, or at what only SQLite does."""
