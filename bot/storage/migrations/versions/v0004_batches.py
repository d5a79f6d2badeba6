"""Keep the files of prompts that are being worked through, row by row, and what came out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.String(32), primary_key=True),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("interaction_token", sa.Text, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("layout", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_batches_owner_id", "batches", ["owner_id"])
    op.create_table(
        "batch_rows",
        sa.Column(
            "batch_id",
            sa.String(32),
            sa.ForeignKey("batches.batch_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cells", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
    )
