"""The rows of a file, worked through: one request a row, always behind whoever waits."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import uuid4

from bot.client import Client
from bot.features.batch import texts
from bot.features.batch.table import UNREADABLE, Layout
from bot.jobs.batches import RunningBatch
from bot.messages.errors import report
from bot.render.numbers import integer
from bot.storage.batches import Batch, BatchRow, Outcome
from engine import GAVE_WAY, EngineError, GenerationRequest
from engine.requests import SEED_LIMIT

MOST_LETTERS = 6000
"""Of a row's prompt: as many as an option of a command takes."""
_AT_ONCE = 4
"""Rows that are with the engine at once: where it has batches, they are written together."""
_ENDING = frozenset(
    {"model_unavailable", "out_of_memory", "unknown_model", "unsupported", "closed"}
)
"""What would go wrong with every row in the same way."""
_PASSING = frozenset(
    {"remote_busy", "remote_late", "remote_cut", "remote_failed", "remote_unreachable"}
)
"""What a server recovers from."""
_MOST_TRIES = 4
_QUEUE_PAUSE_S = 2.0
_SERVER_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 60.0


class BatchFailedError(Exception):
    """What ends a whole file; its cause says why."""


@dataclass(kw_only=True)
class Tally:
    """How far a file is.

    Attributes:
        count: Its rows.
        done: Rows that have an outcome.
        errors: How many of those went wrong.
        seconds: Mean time of a row in this process, or None before the first.
    """

    count: int
    done: int = 0
    errors: int = 0
    started_at: float = field(default_factory=time.monotonic)
    done_before: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Estimate the time until the end; None before a row is done."""
        written = self.done - self.done_before
        if not written:
            return None
        return (self.count - self.done) * (time.monotonic() - self.started_at) / written


async def work_through(
    client: Client,
    batch: Batch,
    rows: tuple[BatchRow, ...],
    running: RunningBatch,
    tell: Callable[[Tally], None],
) -> Tally:
    """Work through the rows that have no outcome; each is stored as soon as it has one.

    Args:
        client: Its engine and its storage.
        batch: The file.
        rows: All of its rows.
        running: Says when to stop.
        tell: Called with the tally after every row.

    Raises:
        BatchFailedError: Something would go wrong with every row.
        StorageError: An outcome could not be stored.
    """
    left = [row for row in rows if row.outcome is None]
    tally = Tally(count=len(rows), done=len(rows) - len(left))
    tally.done_before = tally.done
    tally.errors = sum(bool(row.outcome and row.outcome.error) for row in rows)
    waiting = iter(left)

    async def work() -> None:
        for row in waiting:
            if running.stopping.is_set():
                return
            outcome = await outcome_of(client, batch, row, running)
            if outcome is None:
                return
            await client.storage.batches.note(batch.batch_id, row.number, outcome)
            tally.done += 1
            tally.errors += bool(outcome.error)
            tell(tally)

    workers = [asyncio.create_task(work()) for _ in range(min(_AT_ONCE, len(left)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return tally


async def outcome_of(
    client: Client, batch: Batch, row: BatchRow, running: RunningBatch
) -> Outcome | None:
    """Write a row's continuation, or say why there is none; None where its owner stopped it.

    Raises:
        BatchFailedError: It would be the same with every row.
    """
    prompt = row.cells.get(Layout.from_dict(batch.layout).column)
    if (error := _refusal(client, row, prompt)) is not None:
        return Outcome(error=error)
    request = row_request(batch, row.number, str(prompt), client.blocked_words)
    tries = 0
    while not running.stopping.is_set():
        request_id = request.request_id
        running.request_ids.add(request_id)
        try:
            completion = await client.engine.generate(request)
        except EngineError as failure:
            if failure.code == "cancelled" and failure.reason == GAVE_WAY:
                # The same request, so the same text: it waits for its turn again.
                request = replace(request, request_id=uuid4().hex)
                continue
            if running.stopping.is_set():
                return None
            if (pause_s := _pause_s(failure, tries)) is not None:
                tries += 1
                request = replace(request, request_id=uuid4().hex)
                await _pause(running, pause_s)
                continue
            if failure.code in _ENDING or failure.code == "cancelled":
                raise BatchFailedError from failure
            return Outcome(error=report(failure))
        finally:
            running.request_ids.discard(request_id)
        attempt = completion.attempts[0]
        if running.stopping.is_set() and attempt.finish_reason == "cancelled":
            return None
        return Outcome(
            text=attempt.text,
            model=completion.model,
            seed=request.seed,
            tokens=len(attempt.token_ids),
            finish=attempt.finish_reason,
        )
    return None


def _pause_s(failure: EngineError, tries: int) -> float | None:
    """Return after how many seconds a row is asked for again; None where that is no use.

    A full queue empties by itself. A server that is busy or out of reach is asked a few times more.
    """
    if failure.code == "queue_full":
        return _QUEUE_PAUSE_S
    if failure.reason not in _PASSING or tries >= _MOST_TRIES:
        return None
    wanted = failure.retry_after_s or _SERVER_PAUSE_S * 2**tries
    return float(min(wanted, _LONGEST_PAUSE_S))


async def _pause(running: RunningBatch, seconds: float) -> None:
    """Wait, unless its owner stops the file."""
    with suppress(TimeoutError):
        await asyncio.wait_for(running.stopping.wait(), seconds)


def row_request(
    batch: Batch, number: int, prompt: str, bad_words: tuple[str, ...]
) -> GenerationRequest:
    """Return what is asked for a row: the same for the same file, settings and seed.

    Args:
        batch: The file.
        number: 0-based.
        prompt: Of the row.
        bad_words: Today's list; none is stored.
    """
    return replace(
        batch.request,
        prompt=prompt,
        params=replace(batch.request.params, bad_words=bad_words),
        seed=row_seed(batch.request.seed, number),
        request_id=uuid4().hex,
        background=True,
    )


def row_seed(seed: int, number: int) -> int:
    """Derive a row's seed from the file's: 0 ≤ seed < 2³²."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % SEED_LIMIT


def _refusal(client: Client, row: BatchRow, prompt: object) -> str | None:
    if UNREADABLE in row.cells:
        return texts.ROW_UNREADABLE
    if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
        return texts.ROW_EMPTY
    if not isinstance(prompt, str) or any("\ud800" <= char <= "\udfff" for char in prompt):
        return texts.ROW_NOT_TEXT
    if len(prompt) > MOST_LETTERS:
        return texts.ROW_TOO_LONG.format(count=integer(len(prompt)), limit=integer(MOST_LETTERS))
    return texts.ROW_BLOCKED if client.word_list.is_in(prompt) else None
