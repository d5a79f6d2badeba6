"""Keep the games of guessing the next word: their rounds, and what each person chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "games",
        sa.Column("game_id", sa.String(32), primary_key=True),
        sa.Column("host_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("open_channel_id", sa.BigInteger, unique=True),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_games_host_id", "games", ["host_id"])
    op.create_table(
        "game_rounds",
        sa.Column(
            "game_id",
            sa.String(32),
            sa.ForeignKey("games.game_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reply_id", sa.String(32), nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("interaction_token", sa.Text, nullable=False),
        sa.Column("token_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True)),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("hand", sa.Text),
        sa.Column("completion", sa.LargeBinary),
    )
    op.create_table(
        "guesses",
        sa.Column(
            "game_id",
            sa.String(32),
            sa.ForeignKey("games.game_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("voter_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("choice", sa.Integer),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("ids", sa.Text, nullable=False),
        sa.Column("prob", sa.Float, nullable=False),
    )
    op.create_index("ix_guesses_voter_id", "guesses", ["voter_id"])
