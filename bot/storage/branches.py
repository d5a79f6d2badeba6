"""Texts that go on from a step of another one: the links between them, and whole trees.

A link is deleted with either of its texts: what branched from a deleted text stays, by itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    false,
    insert,
    literal,
    or_,
    select,
)

from bot.storage.database import Database
from bot.storage.schema import branches as table
from bot.storage.schema import replies

NOBODY = 0
"""A reader who has no texts: sees what everybody may see."""


class Link(Enum):
    """What became of the link between two texts."""

    MADE = auto()
    NO_BRANCH = auto()
    NO_PARENT = auto()


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Where a text leaves another one.

    Attributes:
        reply_id: The text that leaves.
        parent_id: The text that is left.
        attempt: 0-based attempt of the parent.
        step: 0-based step of that attempt: its token is replaced.
        token: What stands there instead; of a word of several tokens, all of it.
        opening: The first words of what follows.
    """

    reply_id: str
    parent_id: str
    attempt: int
    step: int
    token: str
    opening: str


@dataclass(frozen=True, kw_only=True)
class BranchNode:
    """A text of a tree.

    Attributes:
        is_private: Whether only its owner may see it.
        branch: How it leaves its parent; None where it leaves none, or none that is left.
    """

    reply_id: str
    owner_id: int
    is_private: bool
    branch: Branch | None = None


class BranchesRepository:
    """One row per text that branches; any number of people may branch from one text at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, branch: Branch) -> Link:
        """Link two texts that are stored.

        Returns:
            Whether they are linked, or which is missing: it may have been deleted meanwhile.
        """
        ends = (branch.reply_id, branch.parent_id)
        query = select(replies.c.reply_id).where(replies.c.reply_id.in_(ends))
        async with self._database.writing() as connection:
            found = set(await connection.scalars(query))
            if branch.reply_id not in found:
                return Link.NO_BRANCH
            if branch.parent_id not in found:
                return Link.NO_PARENT
            await connection.execute(insert(table).values(asdict(branch)))
        return Link.MADE

    async def original_of(self, reply_id: str) -> Branch | None:
        """Return the first of the changes that led to an explained text; None where none did.

        Its parent is the text as it was before anybody changed a word of it.
        """
        first = None
        async with self._database.reading() as connection:
            while True:
                here = reply_id if first is None else first.parent_id
                row = (await connection.execute(_change(here))).one_or_none()
                if row is None:
                    return first
                first = Branch(**row._mapping)

    async def hung(self, branch: Branch) -> Branch:
        """Hang a change from the text that it leaves: not from a later change, which it undoes."""
        async with self._database.reading() as connection:
            while True:
                row = (await connection.execute(_change(branch.parent_id))).one_or_none()
                if row is None or row.step < branch.step:
                    return branch
                branch = replace(branch, parent_id=row.parent_id, attempt=row.attempt)

    async def tree_of(self, reply_id: str, viewer_id: int = NOBODY) -> tuple[BranchNode, ...]:
        """Return the tree of a text as a person may see it, oldest text first.

        The private texts of others are left out, with what hangs on them; the text itself is there
        as long as it is stored, whoever asks.
        """
        async with self._database.reading() as connection:
            rows = (await connection.execute(_tree(reply_id, viewer_id))).all()
        return tuple(_node(row) for row in rows)


def _change(reply_id: str) -> Select[Any]:
    """Ask how an explained text leaves another one: of a written one, nobody changed a word."""
    is_explained = (table.c.reply_id == reply_id, replies.c.kind == "explicar")
    return select(table).join(replies, replies.c.reply_id == table.c.reply_id).where(*is_explained)


def _tree(reply_id: str, viewer_id: int) -> Select[Any]:
    """Climb from the text as far as the reader sees, then collect all that hangs below."""
    is_seen = or_(replies.c.is_private == false(), replies.c.owner_id == viewer_id)
    up = (
        select(replies.c.reply_id, literal(0).label("height"))
        .where(replies.c.reply_id == reply_id)
        .cte("up", recursive=True)
    )
    up = up.union_all(
        select(table.c.parent_id, up.c.height + 1)
        .join(up, up.c.reply_id == table.c.reply_id)
        .join(replies, replies.c.reply_id == table.c.parent_id)
        .where(is_seen)
    )
    top = select(up.c.reply_id).order_by(up.c.height.desc()).limit(1).scalar_subquery()
    down = select(replies.c.reply_id).where(replies.c.reply_id == top).cte("down", recursive=True)
    is_wanted: ColumnElement[bool] = or_(is_seen, replies.c.reply_id == reply_id)
    down = down.union_all(
        select(table.c.reply_id)
        .join(down, down.c.reply_id == table.c.parent_id)
        .join(replies, replies.c.reply_id == table.c.reply_id)
        .where(is_wanted)
    )
    return (
        select(
            replies.c.reply_id,
            replies.c.owner_id,
            replies.c.is_private,
            table.c.parent_id,
            table.c.attempt,
            table.c.step,
            table.c.token,
            table.c.opening,
        )
        .join(down, down.c.reply_id == replies.c.reply_id)
        .outerjoin(table, table.c.reply_id == replies.c.reply_id)
        .order_by(replies.c.created_at, replies.c.reply_id)
    )


def _node(row: Row[Any]) -> BranchNode:
    fields = dict(row._mapping)
    seen = {name: fields.pop(name) for name in ("owner_id", "is_private")}
    branch = Branch(**fields) if fields["parent_id"] is not None else None
    return BranchNode(reply_id=row.reply_id, branch=branch, **seen)
