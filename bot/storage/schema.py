"""The tables. A change here needs a migration in `migrations/versions` and a filled fixture."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    true,
)

from bot.storage.utc import UtcDateTime

metadata = MetaData()

preferences = Table(
    "preferences",
    metadata,
    Column("scope", String(8), primary_key=True),
    Column("scope_id", BigInteger, primary_key=True, autoincrement=False),
    Column("params", Text, nullable=False),
    Column("model", Text),
)

# The packed values come behind what all texts are counted or searched by: SQLite then reads that
# without walking their overflow pages. Only later columns stand behind them: `is_private`, which is
# read for the texts of one tree, and `kept`, which is read with the whole row.
replies = Table(
    "replies",
    metadata,
    Column("reply_id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("is_prompt_kept", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("completion", LargeBinary, nullable=False),
    Column("is_private", Boolean, nullable=False, server_default=true()),
    Column("kept", Integer),
    Index("ix_replies_owner_id", "owner_id"),
    Index("ix_replies_message_id", "message_id"),
    Index("ix_replies_age", "created_at", "reply_id", "size_bytes"),
)

# A row is the link between two texts: it goes with either of them.
branches = Table(
    "branches",
    metadata,
    Column(
        "reply_id",
        String(32),
        ForeignKey("replies.reply_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "parent_id",
        String(32),
        ForeignKey("replies.reply_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("attempt", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("token", Text, nullable=False),
    Column("opening", Text, nullable=False),
    Index("ix_branches_parent_id", "parent_id"),
)

# A row is one person's vote for a try of a text: it goes with the text.
votes = Table(
    "votes",
    metadata,
    Column(
        "reply_id",
        String(32),
        ForeignKey("replies.reply_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("voter_id", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Index("ix_votes_voter_id", "voter_id"),
)

# A process is named where several serve one bot; without a lease, a row is free for any of them.
jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("interaction_token", Text, nullable=False),
    Column("is_prompt_kept", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("process", String(16), nullable=False, server_default=""),
    Column("lease_until", UtcDateTime),
    Column("can_resume", Boolean, nullable=False, server_default=false()),
    Index("ix_jobs_owner_id", "owner_id"),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", String(32), primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("application_id", BigInteger, nullable=False),
    Column("interaction_token", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("layout", Text, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Index("ix_batches_owner_id", "owner_id"),
)

# A row is a row of a person's file: it goes with the file.
batch_rows = Table(
    "batch_rows",
    metadata,
    Column(
        "batch_id",
        String(32),
        ForeignKey("batches.batch_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("cells", Text, nullable=False),
    Column("outcome", Text),
)

# A lesson is open while `open_in` says where: one in each channel.
lessons = Table(
    "lessons",
    metadata,
    Column("lesson_id", String(32), primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("open_in", BigInteger),
    Column("control_id", BigInteger),
    Column("version", Integer, nullable=False),
    Column("cell", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("revision", Text),
    Column("precision", String(16), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Index("ix_lessons_owner_id", "owner_id"),
    Index("ix_lessons_open_in", "application_id", "open_in", unique=True),
)

# A row is a cell that has been shown: it goes with its lesson.
lesson_cells = Table(
    "lesson_cells",
    metadata,
    Column(
        "lesson_id",
        String(32),
        ForeignKey("lessons.lesson_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("cell", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("message_id", BigInteger),
    Column("started_at", UtcDateTime),
    Column("reply_ids", Text, nullable=False),
    Column("result", Text),
    Column("picture", LargeBinary),
    Column("file", LargeBinary),
)

# A row is one person's doubt about a cell: it goes with the lesson and with the person.
lesson_doubts = Table(
    "lesson_doubts",
    metadata,
    Column(
        "lesson_id",
        String(32),
        ForeignKey("lessons.lesson_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("cell", String(64), primary_key=True),
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("is_resolved", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_lesson_doubts_person_id", "person_id"),
)

# `open_channel_id` is the channel while the game goes on, and nothing after: one game in each.
games = Table(
    "games",
    metadata,
    Column("game_id", String(32), primary_key=True),
    Column("host_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("open_channel_id", BigInteger, unique=True),
    Column("application_id", BigInteger, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("seconds", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Index("ix_games_host_id", "host_id"),
)

game_rounds = Table(
    "game_rounds",
    metadata,
    Column(
        "game_id",
        String(32),
        ForeignKey("games.game_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reply_id", String(32), nullable=False),
    Column("message_id", BigInteger),
    Column("interaction_token", Text, nullable=False),
    Column("token_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime),
    Column("prefix", Text, nullable=False),
    Column("hand", Text),
    Column("completion", LargeBinary),
)

# A row is one person's choice in a round: points are counted from these, and stand nowhere.
guesses = Table(
    "guesses",
    metadata,
    Column(
        "game_id",
        String(32),
        ForeignKey("games.game_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("voter_id", BigInteger, primary_key=True, autoincrement=False),
    Column("choice", Integer),
    Column("word", Text, nullable=False),
    Column("ids", Text, nullable=False),
    Column("prob", Float, nullable=False),
    Index("ix_guesses_voter_id", "voter_id"),
)

state = Table(
    "state",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# What one process, or one person, holds until a moment: a turn, a pause, a mark for the others.
holds = Table(
    "holds",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Column("person_id", BigInteger),
    Index("ix_holds_person_id", "person_id"),
)
