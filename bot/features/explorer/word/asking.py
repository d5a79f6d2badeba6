"""What a person typed as a word, and the question to the engine about it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from bot.asking.prompts import OPEN_BOX
from bot.client import Client
from bot.features.explorer.word import texts
from bot.features.explorer.word.words import is_banned
from bot.messages.errors import UserError
from bot.render.step import StepView
from bot.storage.records import StoredReply
from bot.ui.replies import require_kept
from engine import EngineError
from engine.explain import Moment, WhyNot, WhyNotRequest

WORD_LIMIT = 100
MOST_WORDS = 5
_COMMA = re.compile(r"(?<!\d),|,(?!\d)")


def typed_word(text: str) -> str:
    """Return the word that a person typed, composed and without the spaces around it.

    Models have read «ñ» as one character; text from a PDF or a Mac may have it as two.

    Raises:
        UserError: There is none.
    """
    word = unicodedata.normalize("NFC", text).strip().strip(OPEN_BOX).strip()
    if not word:
        raise UserError(texts.EMPTY)
    return word


def typed_words(text: str) -> tuple[str, ...]:
    """Return the words that a person typed, separated by commas; each once.

    A comma between digits is a decimal one, and a text of signs alone is one word.

    Raises:
        UserError: There is none, or there are too many.
    """
    parts = [part for part in _COMMA.split(text) if part.strip().strip(OPEN_BOX).strip()]
    words = tuple(dict.fromkeys(typed_word(part) for part in parts or [text]))
    if len(words) > MOST_WORDS:
        raise UserError(texts.TOO_MANY.format(count=MOST_WORDS))
    return words


async def why_not(
    client: Client, user_id: int, reply: StoredReply, view: StepView, word: str
) -> WhyNot | None:
    """Ask why a word did not come out, under the word list of today.

    Returns:
        The answer, or None for a word of the list.

    Raises:
        UserError: The word or the text is too long, or the prompt is not kept.
        EngineError: As `Engine.explain`.
    """
    require_kept(reply, texts.NOT_KEPT, with_ids=True)
    if client.word_list.is_in(word):
        return None
    params = replace(reply.request.params, bad_words=client.blocked_words)
    request = WhyNotRequest(
        moment=Moment.of(
            replace(reply.request, params=params),
            reply.completion,
            attempt=view.attempt,
            step=view.step,
        ),
        word=word,
        model=reply.request.model,
        revision=reply.completion.revision,
        user_id=user_id,
        deadline_s=client.settings.request_timeout_s,
    )
    try:
        answer = await client.engine.explain(request)
    except EngineError as error:
        refusal = {"word": texts.TOO_LONG, "context_ids": texts.NO_ROOM}.get(str(error.field))
        is_too_long = error.code == "invalid_params" and error.token_id is None
        if is_too_long and refusal is not None:
            raise UserError(refusal) from None
        raise
    return None if is_banned(answer) else answer
