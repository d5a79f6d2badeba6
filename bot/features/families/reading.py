"""What each family does with the sentence, asked of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.client import Client
from bot.features.families.sentence import Sentence
from bot.messages.errors import text_of
from bot.render.model_names import first_of, model_info, shown
from bot.render.word_grid import Grid, grid_of
from bot.render.written_words import written_words
from bot.storage.records import StoredReply
from bot.texts.common import BANNED_TOKEN
from engine import DecodingParams, EngineError, GenerationRequest, ModelInfo
from engine.explain import AttentionRequest
from engine.filling import FillRequest
from engine.status import Kind

FAMILIES: tuple[Kind, ...] = ("encoder", "decoder", "encoder_decoder")
"""In the order in which they are shown."""
_LOOKED_AT = 10
"""Candidates of a gap, among which the first that is a word is looked for."""
WORD_TOKENS = 6
"""As many as a word takes, and one more to know that it has ended."""
_OF_THE_WHOLE = frozenset({"cancelled", "closed", "deadline", "queue_full"})
"""Failures that are not those of one family."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family with the sentence.

    Attributes:
        name: Its model's shown name, as Markdown; None where there is no such model.
        grid: Who sees whom.
        guess: The word that it puts in the gap.
        prob: Its raw probability there.
        text: What it writes: behind the sentence, or of it.
        problem: Why something is missing.
    """

    kind: Kind
    name: str | None = None
    grid: Grid | None = None
    guess: str | None = None
    prob: float | None = None
    text: str | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trio:
    """The three families with one sentence."""

    sentence: Sentence
    families: tuple[Family, ...]

    def of(self, kind: Kind) -> Family:
        """Return one of them."""
        return next(family for family in self.families if family.kind == kind)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Asks the engine about one sentence, for one person.

    Attributes:
        client: Has the engine, and the words that are not shown.
        sentence: With a word hidden.
        replies: What the models that write have written of it, by their kinds.
        user_id: Who asks.
    """

    client: Client
    sentence: Sentence
    replies: dict[Kind, StoredReply] = field(default_factory=dict)
    user_id: int

    async def read(self) -> Trio:
        """Read the sentence with the first model of each family that is here.

        Raises:
            EngineError: The engine is closing, or the time is over.
        """
        families = [await self._family(kind) for kind in FAMILIES]
        return Trio(sentence=self.sentence, families=tuple(families))

    async def _family(self, kind: Kind) -> Family:
        engine, reply = self.client.engine, self.replies.get(kind)
        info = first_of(engine, (kind,))
        if reply is not None:
            info = model_info(engine, reply.request.model) or info
        if info is None or info.kind != kind:
            return Family(kind=kind)
        family = Family(kind=kind, name=shown(info), text=_written(reply))
        for step in (self._look, self._guess):
            try:
                family = await step(family, info)
            except EngineError as error:
                if error.code in _OF_THE_WHOLE:
                    raise
                family = replace(family, problem=text_of(error))
        return family

    async def _look(self, family: Family, info: ModelInfo) -> Family:
        """Add who sees whom."""
        about: dict[str, Any] = {**self._about(info), "text": self.sentence.text}
        if family.kind == "encoder":
            request = AttentionRequest(**about, part="encoder")
        elif family.kind == "decoder":
            request = AttentionRequest(**about)
        elif (reply := self.replies.get(family.kind)) is None or not family.text:
            return family
        else:
            target_ids = reply.completion.attempts[0].token_ids
            request = AttentionRequest(**about, part="cross", target_ids=target_ids)
        attention = await self.client.engine.explain(request)
        return replace(family, grid=grid_of(attention, self.sentence.words))

    async def _guess(self, family: Family, info: ModelInfo) -> Family:
        """Add what stands in the gap, where the family has one."""
        if family.kind == "encoder":
            return await self._filled(family, info)
        return await self._next_word(family, info) if family.kind == "decoder" else family

    async def _filled(self, family: Family, info: ModelInfo) -> Family:
        request = FillRequest(
            **self._about(info),
            text=self.sentence.with_gap,
            top_n=_LOOKED_AT,
            bad_words=self.client.blocked_words,
        )
        filling = await self.client.engine.fill(request)
        gap = filling.gaps[0]
        words = (c for c in gap.candidates if not c.is_special and _has_letters(c.text))
        best = next(words, gap.chosen)
        if best is None:
            return family
        return replace(family, guess=self._shown(best.text), prob=best.raw_prob)

    async def _next_word(self, family: Family, info: ModelInfo) -> Family:
        params = DecodingParams(
            max_new_tokens=WORD_TOKENS,
            whole_word_start=True,
            plain_text=True,
            bad_words=self.client.blocked_words,
        )
        request = GenerationRequest(
            **self._about(info), prompt=self.sentence.left, params=params, trace_top_n=1
        )
        completion = await self.client.engine.generate(request)
        attempt = completion.attempts[0]
        words = written_words(self.sentence.left, attempt.steps, attempt.finish_reason)
        first = next((word for word in words if word.text.strip()), None)
        if first is None:
            return family
        return replace(family, guess=self._shown(first.text.strip()), prob=2.0**-first.bits)

    def _shown(self, word: str) -> str:
        return BANNED_TOKEN if self.client.word_list.is_in(word) else word

    def _about(self, info: ModelInfo) -> dict[str, Any]:
        return {
            "model": info.name,
            "user_id": self.user_id,
            "deadline_s": self.client.settings.request_timeout_s,
        }


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _written(reply: StoredReply | None) -> str | None:
    if reply is None or not reply.completion.attempts:
        return None
    return reply.completion.attempts[0].text.strip()
