"""How many tokens fit: `max_length` counts the prompt, as transformers does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.features.lesson.cell import Lab
from bot.features.lesson.cells import texts
from bot.jobs.admission import vocab_size
from bot.render.model_names import model_info
from bot.render.numbers import integer
from engine import DecodingParams
from engine.explain import TokensRequest

LEAST_NEW_TOKENS = 8
"""Where a prompt leaves less, its beginning goes."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What fits of a text.

    Attributes:
        prompt_tokens: Of the whole prompt, with those that the tokenizer adds.
        new_tokens: To be written.
        max_length: What was asked for: of both together.
        context: Tokens that the model sees at once; None where that is not known.
        ceiling: New tokens that this installation allows.
    """

    prompt_tokens: int
    new_tokens: int
    max_length: int
    context: int | None
    ceiling: int

    @property
    def is_whole(self) -> bool:
        """Whether prompt and new tokens are as many as was asked for."""
        return self.prompt_tokens + self.new_tokens == self.max_length

    @property
    def note(self) -> str:
        """Say why there are fewer, or more; "" where there are as many as was asked for."""
        if self.is_whole:
            return ""
        if self.prompt_tokens + LEAST_NEW_TOKENS > min(self.max_length, self.limit):
            return texts.LONG_PROMPT.format(limit=integer(min(self.max_length, self.limit)))
        if self.new_tokens == self.ceiling:
            return texts.CEILING.format(count=integer(self.ceiling))
        return texts.SMALL_CONTEXT.format(limit=integer(self.limit))

    @property
    def limit(self) -> int:
        """The context, or what was asked for where it is not known."""
        return self.max_length if self.context is None else self.context


async def room_for(lab: Lab, prompt: str, max_length: int) -> Room:
    """Count a prompt's tokens and what they leave.

    Raises:
        EngineError: As `Engine.explain`.
    """
    pinned = lab.pinned
    read = await lab.client.engine.explain(
        TokensRequest(
            text=prompt,
            model=pinned.model,
            revision=pinned.revision,
            user_id=lab.owner_id,
            deadline_s=lab.client.settings.request_timeout_s,
        )
    )
    info = model_info(lab.client.engine, pinned.model)
    context = read.n_positions or (None if info is None else info.n_positions)
    ceiling = lab.client.settings.max_new_tokens
    longest = max_length if context is None else min(max_length, context)
    left = max(longest - len(read.tokens), min(LEAST_NEW_TOKENS, longest - 1), 1)
    return Room(
        prompt_tokens=len(read.tokens),
        new_tokens=min(left, ceiling),
        max_length=max_length,
        context=context,
        ceiling=ceiling,
    )


def fitting(lab: Lab, params: DecodingParams) -> DecodingParams:
    """Return settings that a small vocabulary allows, under the word list of today."""
    known = vocab_size(lab.client.engine, lab.pinned.model)
    top_k = params.top_k if known is None else min(params.top_k, known)
    return replace(params, top_k=top_k, bad_words=lab.client.blocked_words)
