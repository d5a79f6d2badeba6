"""Keep the votes for the tries of a text, and which of its tries was kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a column and a table."""
    op.add_column("replies", sa.Column("kept", sa.Integer))
    op.create_table(
        "votes",
        sa.Column(
            "reply_id",
            sa.String(32),
            sa.ForeignKey("replies.reply_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("voter_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, nullable=False),
    )
    op.create_index("ix_votes_voter_id", "votes", ["voter_id"])
