"""Keep the lessons: where each stands, what its cells found out, who has a doubt about which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "lessons",
        sa.Column("lesson_id", sa.String(32), primary_key=True),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("open_in", sa.BigInteger),
        sa.Column("control_id", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("cell", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("revision", sa.Text),
        sa.Column("precision", sa.String(16), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
    )
    op.create_index("ix_lessons_owner_id", "lessons", ["owner_id"])
    op.create_index("ix_lessons_open_in", "lessons", ["application_id", "open_in"], unique=True)
    op.create_table(
        "lesson_cells",
        sa.Column(
            "lesson_id",
            sa.String(32),
            sa.ForeignKey("lessons.lesson_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("cell", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("reply_ids", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("file", sa.LargeBinary),
    )
    op.create_table(
        "lesson_doubts",
        sa.Column(
            "lesson_id",
            sa.String(32),
            sa.ForeignKey("lessons.lesson_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("cell", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("is_resolved", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_lesson_doubts_person_id", "lesson_doubts", ["person_id"])
