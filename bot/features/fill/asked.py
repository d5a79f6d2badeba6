"""What is asked of the engine for a page: at once, or again from what is stored."""

from __future__ import annotations

from bot.asking.prompts import require_allowed_words
from bot.client import Client
from bot.render.model_names import model_info, models_of
from bot.storage.records import StoredReply
from engine import ModelInfo
from engine.filling import Filling, FillOrder, FillRequest
from engine.status import Kind

ENCODERS: tuple[Kind, ...] = ("encoder",)


def encoders(client: Client) -> tuple[ModelInfo, ...]:
    """Return the models that fill gaps, those first that are known to."""
    return tuple(sorted(models_of(client.engine, ENCODERS), key=lambda info: info.kind is None))


async def filling_of(
    client: Client,
    reply: StoredReply,
    order: FillOrder,
    reader_id: int,
    *,
    model: str | None = None,
    is_scored: bool = False,
) -> Filling:
    """Return a text filled; what was asked a moment ago is at hand.

    Args:
        client: Whose engine is asked.
        reply: The text.
        order: In which its gaps are filled.
        reader_id: Who asks.
        model: Another encoder than the reply's own.
        is_scored: Whether the pseudo-log-likelihood is wanted.

    Raises:
        UserError: It has a word that is not allowed any more, or the person asks too much.
        EngineError: As `engine.fill`.
    """
    model = model or reply.request.model
    kept = client.at_hand.get(_key(reply, order, model, is_scored=is_scored))
    if isinstance(kept, Filling):
        return kept
    with await client.limits.admit(reader_id):
        return await fill_now(client, reply, order, reader_id, model=model, is_scored=is_scored)


async def fill_now(
    client: Client,
    reply: StoredReply,
    order: FillOrder,
    reader_id: int,
    *,
    model: str | None = None,
    is_scored: bool = False,
) -> Filling:
    """Fill a text for somebody who was admitted, and keep it at hand, in memory only.

    Raises:
        UserError: As `filling_of`.
        EngineError: As `engine.fill`.
    """
    model = model or reply.request.model
    request = _request(client, reply, order, reader_id, model=model, is_scored=is_scored)
    filling = await client.engine.fill(request)
    key = _key(reply, order, model, is_scored=is_scored)
    client.at_hand.put(reply.owner_id, filling, key)
    return filling


def _key(reply: StoredReply, order: FillOrder, model: str | None, *, is_scored: bool) -> str:
    return f"rellenar:{reply.reply_id}:{order}:{int(is_scored)}:{model}"


def _request(
    client: Client,
    reply: StoredReply,
    order: FillOrder,
    reader_id: int,
    *,
    model: str | None,
    is_scored: bool,
) -> FillRequest:
    """Build the request for a stored text, under today's list of words.

    Raises:
        UserError: The text has a word that is not allowed.
    """
    require_allowed_words(reply.request.prompt, client.word_list)
    info = model_info(client.engine, model)
    return FillRequest(
        text=reply.request.prompt,
        model=model if info is None else info.name,
        top_n=reply.request.trace_top_n,
        order=order,
        bad_words=client.blocked_words,
        with_pseudo_logprob=is_scored,
        user_id=reader_id,
        deadline_s=client.settings.request_timeout_s,
    )
