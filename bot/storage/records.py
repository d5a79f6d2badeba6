"""What the storage keeps, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self

from engine import Completion, GenerationRequest

Scope = Literal["user", "guild"]
Kind = Literal["continuar", "explicar", "comparar", "transformar", "rellenar", "familias"]
TRANSFORMED = "transform"
"""The style of what turns a text into another: as sure as can be, whatever people set elsewhere."""
UNKEPT_PROMPT = "…"
"""Stands for the prompt when it is another person's message, which is never stored."""
UNKNOWN_PREFIX = " […]"
"""Stands for earlier text whose words were not stored."""


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """The settings that a person or a server has chosen.

    Attributes:
        params: Field of `DecodingParams`, or "style" → value; only what was set.
        model: Model name, or None for no preference.
    """

    params: Mapping[str, object] = field(default_factory=dict)
    model: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not self.params and self.model is None


@dataclass(frozen=True, kw_only=True)
class StoredReply:
    """A finished text with its trace.

    Attributes:
        reply_id: The request's id.
        message_id: The message that shows it, once sent.
        is_prompt_kept: False when the prompt is another person's message.
        created_at: Aware, UTC.
        is_private: Whether only its owner has seen it: nobody has shown it in a channel.
        kept: 0-based attempt, of several, that its message was made to show; None while it shows
            them all.
    """

    reply_id: str
    kind: Kind
    owner_id: int
    guild_id: int | None
    channel_id: int
    message_id: int | None
    request: GenerationRequest
    completion: Completion
    is_prompt_kept: bool
    created_at: datetime
    is_private: bool = True
    kept: int | None = None

    @property
    def has_source(self) -> bool:
        """Whether it was made of the prompt, and does not go on from it."""
        return _has_source(self.request)

    @property
    def text_before(self) -> str:
        """The text that it goes on from, as the model read it; not what it was made of."""
        return _text_before(self.request, self.completion.prefix_text)

    @property
    def is_storable(self) -> bool:
        """Whether it may be stored: what was made of another person's words says the same."""
        return self.is_prompt_kept or not self.has_source

    def without_foreign_prompt(self) -> Self:
        """Return what may be stored: without another person's words and their token ids."""
        if self.is_prompt_kept:
            return self
        request = replace(self.request, prompt=UNKEPT_PROMPT)
        completion = replace(
            self.completion, prompt_ids=(), source_ids=(), prefix_text=None, control_tokens=()
        )
        if not self.is_storable:
            completion = replace(completion, attempts=())
        return replace(self, request=request, completion=completion)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A request that is being served; a row that outlives its process was interrupted.

    Attributes:
        interaction_token: Lets the bot answer after a restart; Discord honours it for 15 minutes.
        is_prompt_kept: False when the prompt is another person's message.
        created_at: Aware, UTC.
        can_resume: Whether a process that finds it may write it again: the request is all that its
            answer is made of, and nobody has begun it again yet.
    """

    job_id: str
    kind: Kind
    owner_id: int
    guild_id: int | None
    channel_id: int
    application_id: int
    interaction_token: str
    request: GenerationRequest
    is_prompt_kept: bool
    created_at: datetime
    can_resume: bool = False

    def without_foreign_prompt(self) -> Self:
        """Return what may be stored: without another person's words."""
        if self.is_prompt_kept:
            return self
        return replace(self, request=replace(self.request, prompt=UNKEPT_PROMPT))


@dataclass(frozen=True, kw_only=True)
class PersonalText:
    """What a person asked for and got, without the trace.

    Attributes:
        texts: One for each attempt.
        prefix_text: As in `Completion`.
        created_at: Aware, UTC.
    """

    kind: Kind
    guild_id: int | None
    channel_id: int
    message_id: int | None
    created_at: datetime
    request: GenerationRequest
    model: str
    texts: tuple[str, ...]
    prefix_text: str | None = None

    @property
    def text_before(self) -> str:
        """The text that they go on from, as the model read it, or that they were made of."""
        before = _text_before(self.request, self.prefix_text)
        if not _has_source(self.request):
            return before
        return f"{self.request.prompt}\n{before}" if before else self.request.prompt


@dataclass(frozen=True, kw_only=True)
class PersonalVote:
    """A person's vote for a try of somebody's text.

    Attributes:
        attempt: 0-based.
    """

    guild_id: int | None
    channel_id: int
    message_id: int | None
    attempt: int


@dataclass(frozen=True, kw_only=True)
class UserData:
    """What exists about a person.

    Attributes:
        replies: Texts with their traces.
        jobs: Requests being served.
        first_at: Date of the oldest text (UTC), or None without texts.
        last_at: Date of the newest text (UTC), or None without texts.
        size_bytes: Bytes of all of it.
        votes: Votes for tries, of anybody's texts.
        batches: Files of prompts.
        lessons: Those that they teach.
        doubts: About cells of anybody's lessons.
        games: Games begun.
        guesses: Words guessed, in anybody's games.
    """

    user_id: int
    preferences: Preferences
    replies: int
    jobs: int
    first_at: datetime | None
    last_at: datetime | None
    size_bytes: int
    votes: int = 0
    batches: int = 0
    lessons: int = 0
    doubts: int = 0
    games: int = 0
    guesses: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing about the person."""
        counts = (
            self.replies,
            self.jobs,
            self.votes,
            self.batches,
            self.lessons,
            self.doubts,
            self.games,
            self.guesses,
        )
        return self.preferences.is_empty and not any(counts)


def _text_before(request: GenerationRequest, prefix_text: str | None) -> str:
    """Return a prompt with what its request's prefix adds, as far as that is known."""
    if prefix_text is None:
        prefix_text = UNKNOWN_PREFIX if request.prefix_ids else ""
    return prefix_text if _has_source(request) else request.prompt + prefix_text


def _has_source(request: GenerationRequest) -> bool:
    return request.style == TRANSFORMED
