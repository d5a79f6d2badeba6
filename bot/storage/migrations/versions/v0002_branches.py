"""Link texts that branch from a step of another, and note which have been shown in a channel.

Of the texts of before nobody knows whether they were shown: they count as private.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a column and a table."""
    op.add_column(
        "replies",
        sa.Column("is_private", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "branches",
        sa.Column(
            "reply_id",
            sa.String(32),
            sa.ForeignKey("replies.reply_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "parent_id",
            sa.String(32),
            sa.ForeignKey("replies.reply_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("opening", sa.Text, nullable=False),
    )
    op.create_index("ix_branches_parent_id", "branches", ["parent_id"])
