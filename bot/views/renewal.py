"""A stored text's request as a new one: under the limits and the word list of today."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from bot.prompts import require_allowed_words
from bot.views.base import Interaction
from engine import GenerationRequest


def asked_again(
    interaction: Interaction, request: GenerationRequest, before: str
) -> GenerationRequest:
    """Return the request as a new one of whoever clicked.

    Args:
        interaction: The click.
        request: A stored request, perhaps with other settings or more tokens in front.
        before: All the text that it goes on from.

    Raises:
        UserError: That text has a word that is on the list by now.
    """
    client = interaction.client
    require_allowed_words(before, client.word_list)
    params = replace(
        request.params,
        bad_words=client.blocked_words,
        max_new_tokens=min(request.params.max_new_tokens, client.settings.max_new_tokens),
    )
    return replace(
        request,
        request_id=uuid4().hex,
        user_id=interaction.user.id,
        deadline_s=client.settings.request_timeout_s,
        params=params,
    )
