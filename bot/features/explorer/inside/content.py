"""What each page inside the model shows, asked of the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from bot.features.explorer.inside import texts
from bot.features.explorer.inside.attention import (
    attention_alt,
    attention_chart_of,
    attention_sentences,
    attention_view,
)
from bot.features.explorer.inside.attention_chart import attention_chart
from bot.features.explorer.inside.cross import (
    Written,
    cross_alt,
    cross_chart_of,
    cross_sentences,
    cross_view,
)
from bot.features.explorer.inside.lens import lens_alt, lens_chart_of, lens_sentences
from bot.features.explorer.inside.lens_chart import lens_chart
from bot.features.explorer.inside.place import InsidePage, InsidePlace
from bot.features.explorer.inside.summary import inside_alt, inside_chart_of, inside_sentences
from bot.features.explorer.inside.summary_chart import inside_chart
from bot.features.explorer.inside.vector import vector_alt, vector_chart_of, vector_sentences
from bot.features.explorer.inside.vector_chart import vector_chart
from bot.messages.errors import UserError
from bot.render.step import StepView
from bot.storage.records import StoredReply
from bot.texts.common import BANNED_TOKEN
from bot.ui.replies import require_kept
from engine import Engine, EngineError
from engine.explain import (
    MAX_INSIDE_TOKENS,
    Attention,
    AttentionPart,
    AttentionRequest,
    ExplainRequest,
    LensCandidate,
    LensRow,
    LogitLens,
    LogitLensRequest,
    Moment,
    Neighbour,
    TokenVectors,
    TokenVectorsRequest,
)
from engine.explain.values import AnswerT
from engine.words import WordList

_Token = TypeVar("_Token", LensCandidate, Neighbour)
_Answer = TypeVar("_Answer", Attention, LogitLens, TokenVectors)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one page shows.

    Attributes:
        sentences: Its words, ready for Markdown.
        alt: What its picture says.
        draw: Draws its picture.
        answer: What its menus list, where it has any.
    """

    sentences: str
    alt: str
    draw: Callable[[], bytes]
    answer: Attention | TokenVectors | None = None


def layer_of(place: InsidePlace, attention: Attention) -> int:
    """Return the 0-based layer that a place shows: the last one where there are not so many."""
    return min(place.layer, attention.layers - 1)


class Insides:
    """Reads one step of a stored text again, and looks inside the model.

    Args:
        engine: Is asked.
        reply: The text that is explained.
        view: Its step.
        word_list: Of what the model names beside the text, these words are not shown.
        user_id: Who asks.
        deadline_s: The longest that a question may take, queue included.
        ends: Ids of the tokens that end texts.

    Raises:
        UserError: The reply's prompt was not kept.
    """

    def __init__(
        self,
        engine: Engine,
        reply: StoredReply,
        view: StepView,
        *,
        word_list: WordList,
        user_id: int,
        deadline_s: float,
        ends: Collection[int] = (),
    ) -> None:
        require_kept(reply, texts.NOT_KEPT, with_ids=True)
        self._engine, self._view, self._word_list = engine, view, word_list
        self._ends = ends
        self._prompt_tokens = len(reply.completion.prompt_ids)
        moment = Moment.of(reply.request, reply.completion, attempt=view.attempt, step=view.step)
        self._tokens = len(moment.context_ids)
        self._written = {
            *moment.context_ids,
            *moment.source_ids,
            *(step.chosen for step in view.steps),
        }
        self._source_ids = moment.source_ids
        self._about: dict[str, Any] = {
            "context_ids": moment.context_ids,
            "model": reply.request.model,
            "revision": reply.completion.revision,
            "user_id": user_id,
            "deadline_s": deadline_s,
        }

    async def read(self, place: InsidePlace) -> Content:
        """Return what a page shows.

        Raises:
            UserError: The text is too long, or the model cannot be looked into.
            EngineError: As `Engine.explain`.
        """
        if len(self._source_ids) > MAX_INSIDE_TOKENS:
            count = len(self._source_ids)
            raise UserError(texts.SOURCE_TOO_LONG.format(limit=MAX_INSIDE_TOKENS, count=count))
        if place.page == InsidePage.LENS:
            return await self._lens()
        if place.page == InsidePage.CROSS and self._source_ids:
            return await self._cross(place)
        if place.page in {InsidePage.ATTENTION, InsidePage.CROSS, InsidePage.OF_SOURCE}:
            return await self._attention(place)
        if place.page == InsidePage.VECTOR:
            return await self._vector(place)
        return await self._summary()

    async def _summary(self) -> Content:
        lens = await self._ask_lens()
        vectors = self._begun(
            await self._ask(
                TokenVectorsRequest(**self._about, source_ids=self._source_ids, neighbours=0)
            )
        )
        chart = inside_chart_of(self._view, lens, vectors)
        return Content(
            sentences=inside_sentences(lens, has_source=bool(self._source_ids)),
            alt=inside_alt(chart),
            draw=partial(inside_chart, chart),
        )

    async def _lens(self) -> Content:
        lens = await self._ask_lens()
        chart = lens_chart_of(self._view, lens)
        return Content(
            sentences=lens_sentences(lens),
            alt=lens_alt(chart),
            draw=partial(lens_chart, chart),
        )

    async def _attention(self, place: InsidePlace) -> Content:
        part: AttentionPart = "decoder"
        if self._source_ids and place.page == InsidePage.OF_SOURCE:
            part = "encoder"
        target = self._about["context_ids"] if self._source_ids else ()
        attention = await self._ask_attention(place, part, target)
        if part == "decoder":
            attention = self._begun(attention)
        shown = attention_view(attention, layer_of(place, attention), place.token)
        chart = attention_chart_of(shown)
        return Content(
            sentences=attention_sentences(shown),
            alt=attention_alt(chart),
            draw=partial(attention_chart, chart),
            answer=attention,
        )

    async def _cross(self, place: InsidePlace) -> Content:
        """Show the whole text, or as much of it as can be looked at, over its source."""
        attempt = self._view.completion.attempts[self._view.attempt]
        whole = (*self._view.completion.prompt_ids, *attempt.token_ids)
        count = min(len(whole) - 1, MAX_INSIDE_TOKENS)
        if self._tokens > count:
            raise UserError(self._too_long())
        attention = await self._ask_attention(place, "cross", whole[:count])
        last = self._view.steps[count - self._prompt_tokens].chosen_candidate.text
        written = Written(
            token_ids=whole[1 : count + 1],
            tokens=(*attention.tokens[1:], last),
            here=self._tokens - 1,
            ends=self._ends,
        )
        shown = cross_view(attention, layer_of(place, attention), written)
        chart = cross_chart_of(shown)
        return Content(
            sentences=cross_sentences(shown),
            alt=cross_alt(chart),
            draw=partial(attention_chart, chart),
            answer=attention,
        )

    async def _ask_attention(
        self, place: InsidePlace, part: AttentionPart, target: tuple[int, ...]
    ) -> Attention:
        about = {**self._about}
        if self._source_ids:
            about["context_ids"] = self._source_ids
        layer, head = (place.layer, place.head - 1) if place.head else (None, None)
        return await self._ask(
            AttentionRequest(**about, part=part, target_ids=target, layer=layer, head=head)
        )

    async def _vector(self, place: InsidePlace) -> Content:
        position = min(place.token or self._tokens, self._tokens) - 1
        answer = await self._ask(
            TokenVectorsRequest(**self._about, source_ids=self._source_ids, position=position)
        )
        found = replace(self._begun(answer), neighbours=tuple(map(self._masked, answer.neighbours)))
        chart = vector_chart_of(self._view, found)
        return Content(
            sentences=vector_sentences(found),
            alt=vector_alt(chart),
            draw=partial(vector_chart, chart),
            answer=found,
        )

    async def _ask_lens(self) -> LogitLens:
        lens = await self._ask(
            LogitLensRequest(
                **self._about, source_ids=self._source_ids, target=self._view.current.chosen
            )
        )
        return replace(self._begun(lens), rows=tuple(map(self._masked_row, lens.rows)))

    def _begun(self, answer: _Answer) -> _Answer:
        """Name the token that a target begins with by what it is: models take any for it."""
        if not self._source_ids:
            return answer
        return replace(answer, tokens=(texts.CHART_START, *answer.tokens[1:]))

    def _masked_row(self, row: LensRow) -> LensRow:
        return replace(row, candidates=tuple(map(self._masked, row.candidates)))

    def _masked(self, token: _Token) -> _Token:
        """Hide a banned word, unless it stands in the text anyway."""
        if token.token_id in self._written or not self._word_list.is_in(token.text):
            return token
        return replace(token, text=BANNED_TOKEN)

    async def _ask(self, request: ExplainRequest[AnswerT]) -> AnswerT:
        try:
            return await self._engine.explain(request)
        except EngineError as error:
            if error.code == "invalid_params" and error.field == "context_ids":
                raise UserError(self._too_long()) from None
            if error.code == "unsupported":
                raise UserError(texts.UNSUPPORTED) from None
            raise

    def _too_long(self) -> str:
        fitting = MAX_INSIDE_TOKENS - self._prompt_tokens
        advice = texts.SHORTER_TEXT
        if 0 <= fitting < self._view.step:
            advice = texts.EARLIER_STEP.format(step=fitting + 1)
        return texts.TOO_LONG.format(limit=MAX_INSIDE_TOKENS, count=self._tokens, advice=advice)
