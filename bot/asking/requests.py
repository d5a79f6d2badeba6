"""What a person asks of the engine: a new text, or a stored one again.

Both are under the limits and the word list of today.
"""

from __future__ import annotations

from dataclasses import replace
from secrets import randbelow
from uuid import uuid4

from bot.asking.layers import Effective
from bot.asking.models import default_model
from bot.asking.programs import as_program
from bot.asking.prompts import require_allowed_words
from bot.client import Client, Interaction
from engine import GenerationRequest
from engine.requests import SEED_LIMIT

TRACE_TOP_N = 10
"""Candidates stored per step: what the explorer's tables list, at half the space of 25."""


def new_request(
    interaction: Interaction,
    prompt: str,
    settings: Effective,
    *,
    seed: int | None = None,
    trace_top_n: int = TRACE_TOP_N,
) -> GenerationRequest:
    """Build the request of a new text; without a seed, one is drawn.

    Args:
        interaction: The command.
        prompt: Already checked.
        settings: Those that count for this call.
        seed: 0 ≤ seed < 2³².
        trace_top_n: Candidates recorded per step.

    Raises:
        UserError: A program has gaps that its model cannot fill.
    """
    client = interaction.client
    request = GenerationRequest(
        prompt=prompt,
        params=settings.params,
        model=settings.model or default_model(client.engine).name,
        seed=draw_seed() if seed is None else seed,
        trace_top_n=trace_top_n,
        user_id=interaction.user.id,
        deadline_s=client.settings.request_timeout_s,
        style=settings.style,
    )
    return as_program(client.engine, request)


def asked_again(
    interaction: Interaction, request: GenerationRequest, before: str
) -> GenerationRequest:
    """Return the request as a new one of whoever clicked.

    Args:
        interaction: The click.
        request: A stored request, perhaps with other settings or more tokens in front.
        before: All the text that it goes on from.

    Raises:
        UserError: That text, or its prompt, has a word that is on the list by now.
    """
    user_id = interaction.user.id
    return replace(of_today(interaction.client, request, before, user_id), request_id=uuid4().hex)


def of_today(
    client: Client, request: GenerationRequest, before: str, user_id: int
) -> GenerationRequest:
    """Return a stored request of somebody under the limits and the word list of today.

    Args:
        client: Knows them.
        request: A stored request, perhaps with other settings or more tokens in front.
        before: All the text that it goes on from, as far as it is known.
        user_id: Who asks.

    Raises:
        UserError: That text, or its prompt, has a word that is on the list by now.
    """
    for text in (request.prompt, before):
        require_allowed_words(text, client.word_list)
    params = replace(
        request.params,
        bad_words=client.blocked_words,
        max_new_tokens=min(request.params.max_new_tokens, client.settings.max_new_tokens),
        sentence_end_tokens=min(
            request.params.sentence_end_tokens, client.settings.max_sentence_end_tokens
        ),
    )
    return replace(
        request,
        user_id=user_id,
        deadline_s=client.settings.request_timeout_s,
        params=params,
    )


def draw_seed() -> int:
    """Draw the seed of a request: 0 ≤ seed < 2³²."""
    return randbelow(SEED_LIMIT)
