"""Note which process serves a job and how long its lease holds, and what processes hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add two columns and a table. The jobs that are there are nobody's."""
    op.add_column("jobs", sa.Column("process", sa.String(16), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("lease_until", sa.DateTime(timezone=True)))
    op.create_index("ix_jobs_owner_id", "jobs", ["owner_id"])
    op.create_table(
        "holds",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger),
    )
    op.create_index("ix_holds_person_id", "holds", ["person_id"])
