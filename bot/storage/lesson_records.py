"""A lesson and its cells, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

CellState = Literal["shown", "running", "done", "failed"]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson, open or ended.

    Attributes:
        owner_id: The teacher's.
        channel_id: Where its messages are: a thread, or the channel itself.
        open_in: The channel that it was begun in while it is open, else None.
        control_id: The message with the teacher's buttons, once sent.
        version: Grows by one with each move.
        cell: Key of the cell where it stands.
        model: Pinned, as is the seed; revision and precision are with the first text that is
            written, and precision is "" until then.
        created_at: Aware, UTC.
    """

    lesson_id: str
    owner_id: int
    application_id: int
    guild_id: int
    channel_id: int
    open_in: int | None
    model: str
    revision: str | None
    precision: str
    seed: int
    cell: str
    created_at: datetime
    control_id: int | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.open_in is not None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a cell found out, or why it did not, ready to be shown again.

    Attributes:
        words: What is said; JSON.
        reply_ids: The texts that were written for it.
        picture: PNG bytes.
        file: Bytes of the file that goes with it.
    """

    words: Mapping[str, Any]
    reply_ids: tuple[str, ...] = ()
    picture: bytes | None = None
    file: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class LessonCell:
    """A cell that has been shown.

    Attributes:
        message_id: The message that shows it, once sent.
        started_at: When it was last computed (UTC).
        findings: None until it has been computed; of a failed one, why.
    """

    cell: str
    state: CellState
    message_id: int | None = None
    started_at: datetime | None = None
    findings: Findings | None = None


def json_of(words: Mapping[str, Any]) -> str:
    """Write JSON that a database takes: half a character, as JSON may have, as an escape."""
    text = json.dumps(dict(words), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(dict(words))
    return text
