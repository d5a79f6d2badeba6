"""One file from its first row to the mention at its end, also across restarts."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from functools import partial

import discord

from bot.client import Client
from bot.features.batch import texts
from bot.features.batch.page import ended_view, result_of, running_view
from bot.features.batch.rows import BatchFailedError, Tally, work_through
from bot.features.batch.telling import Telling
from bot.features.batch.words import ended_text, mention_text, running_text
from bot.jobs.batches import RunningBatch
from bot.messages.errors import report
from bot.messages.live import LiveMessage, Page
from bot.messages.responses import NETWORK_ERRORS
from bot.render.numbers import bytes_size
from bot.storage.batches import Batch, State
from bot.storage.errors import StorageError
from engine import EngineError

_log = logging.getLogger(__name__)

_SLOWEST_EDIT_S = 5.0
"""A file takes minutes: its message need not change as often as one that is being written."""
_FILE_LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


@dataclass(frozen=True)
class _End:
    """How a file ended, and why where it went wrong."""

    state: State
    why: str = ""


def start_batch(client: Client, batch: Batch, *, is_resumed: bool = False) -> None:
    """Work through a stored file in the background.

    Args:
        client: Of the bot.
        batch: The file; its rows are stored.
        is_resumed: Whether an earlier process began it.
    """
    running = RunningBatch(batch_id=batch.batch_id, owner_id=batch.owner_id)
    client.batches.start(running, partial(_work, client, batch, is_resumed))


async def resume_batches(client: Client) -> None:
    """Go on with the files that an earlier process left."""
    try:
        left = await client.storage.batches.running(client.application_id)
    except StorageError as error:
        _log.error("the batches of before do not go on: %r", error)
        return
    for batch in left:
        is_ours = client.shards_here.have(batch.guild_id)
        if is_ours and client.batches.get(batch.batch_id) is None:
            start_batch(client, batch, is_resumed=True)


async def _work(client: Client, batch: Batch, is_resumed: bool, running: RunningBatch) -> None:
    telling = Telling(client, batch, batch.message_id)
    interval_s = max(client.settings.edit_interval_s, _SLOWEST_EDIT_S)
    live = LiveMessage(telling.show, interval_s=interval_s)
    notes = (texts.POLITE, *((texts.RESUMED,) if is_resumed else ()))

    def tell(tally: Tally) -> None:
        live.show(partial(_running_page, client, batch, tally, notes))

    rows = await client.storage.batches.rows(batch.batch_id)
    tally = Tally(count=len(rows))
    tally.done = sum(row.outcome is not None for row in rows)
    tell(tally)
    try:
        tally = await work_through(client, batch, rows, running, tell)
        end = _End("stopped" if tally.done < tally.count else "done")
    except BatchFailedError as failure:
        cause = failure.__cause__
        if isinstance(cause, EngineError) and cause.code == "closed":
            return
        end = _End("failed", report(cause if isinstance(cause, Exception) else failure))
    except Exception as failure:  # noqa: BLE001 (whoever sent it is told, whatever happened)
        end = _End("failed", report(failure))
    running.is_ending = True
    if not running.is_withdrawn:
        await _end(client, batch, end, telling, live)


async def _end(
    client: Client, batch: Batch, end: _End, telling: Telling, live: LiveMessage
) -> None:
    """Store and say how a file ended: in its message, and in one that calls its owner."""
    rows = await client.storage.batches.rows(batch.batch_id)
    tally = Tally(count=len(rows), done=sum(row.outcome is not None for row in rows))
    tally.errors = sum(bool(row.outcome and row.outcome.error) for row in rows)
    state, why = end.state, end.why
    text = ended_text(batch, tally, state, why, client.engine)
    try:
        await live.finish(Page(content=text, view=ended_view(batch.batch_id)))
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.info("the message of batch %s stays as it was: %s", batch.batch_id[:8], error)
    file = await result_of(batch, rows)
    data, name = file.fp.read(), file.filename
    said = f"{mention_text(batch, tally, state, why)}\n{texts.INVENTED}"
    limit = _limit(client, batch)
    if len(data) > limit:
        sizes = {"size": bytes_size(len(data)), "limit": bytes_size(limit)}
        said += "\n" + texts.FILE_TOO_LARGE.format(**sizes)

    def files() -> list[discord.File]:
        return [] if len(data) > limit else [discord.File(io.BytesIO(data), name)]

    await telling.call(said, files)
    # Last: a process that ends before this says it once more, rather than never.
    await client.storage.batches.set_state(batch.batch_id, state)


def _running_page(client: Client, batch: Batch, tally: Tally, notes: tuple[str, ...]) -> Page:
    text = running_text(batch, tally, client.engine, notes=notes)
    return Page(content=text, view=running_view(batch.batch_id))


def _limit(client: Client, batch: Batch) -> int:
    guild = None if batch.guild_id is None else client.get_guild(batch.guild_id)
    return _FILE_LIMIT if guild is None else guild.filesize_limit
