"""Note which jobs can be written again after a crash, once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add a column. What the jobs that are there are made of is not known."""
    column = sa.Column("can_resume", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("jobs", column)
