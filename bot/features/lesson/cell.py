"""What a cell of the lesson is: what it says beforehand, and what it computes once for a class."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import uuid4

from bot.asking.requests import TRACE_TOP_N
from bot.client import Client
from bot.styles import LESSON
from bot.ui.picture_page import Picture
from engine import Completion, DecodingParams, Done, EngineError, GenerationRequest, Progress

SEED = 42
"""The notebook's."""
MOST_TEXT = 900
"""Characters of a result's words: what a phone shows in two screens."""
MOST_CODE_LINES, MOST_CODE_COLUMNS = 3, 30
"""What a phone shows of code without moving sideways."""
Report = Callable[[int, int], None]
_SHORT_TOKENS = 16
"""A text of no more needs no report."""
_REPORTED_TOKENS = 8
"""So many more are worth another one."""
_FULL_QUEUE_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What is the same for a whole lesson, whatever anybody sets meanwhile; its style is «Lección».

    Attributes:
        model: Name of a configured model.
        revision: Of its weights; None where it has none, or nothing has been written yet.
        precision: In which it computes; "" where nothing has been written yet.
        seed: Of every text of the lesson.
    """

    model: str
    revision: str | None
    precision: str
    seed: int = SEED


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A text that a cell had written: kept as any reply is, so that everybody may explore it.

    Attributes:
        label: What the text is called where a cell has several; plain text, at most 20 characters.
    """

    request: GenerationRequest
    completion: Completion
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The notebook's number beside ours, both as they are shown.

    Attributes:
        what: A few words, at most 14 characters.
        notebook: None where the notebook does not store it.
    """

    what: str
    notebook: str | None
    ours: str


@dataclass(frozen=True, kw_only=True)
class CellFile:
    """A file that goes with a result."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """What a cell found out. All of it is stored: nothing is computed again to show it.

    Attributes:
        text: Markdown, a verdict first; at most `MOST_TEXT` characters.
        rows: Numbers that are compared with the notebook's.
        why: Why these differ, in a sentence.
        picture: Drawn once.
        traces: What «Explicar» opens.
        file: What anybody may download.
    """

    text: str
    rows: tuple[Row, ...] = ()
    why: str | None = None
    picture: Picture | None = None
    traces: tuple[Trace, ...] = ()
    file: CellFile | None = None


def _unheard(_done: int, _count: int) -> None:
    """Report to nobody."""


class Lab:
    """What a cell may use while it is computed.

    Args:
        client: Of the bot.
        pinned: What the lesson was begun with.
        owner_id: Of the teacher, whose request it is.
        lesson_id: Of the lesson.
        channel_id: Where the lesson is given.
        guild_id: Of the server.
        request_ids: Takes the requests that the engine has at this moment, to stop them.
        report: Told how many tokens of a long cell are written, as (done, of how many).
    """

    def __init__(
        self,
        client: Client,
        pinned: Pinned,
        *,
        owner_id: int,
        lesson_id: str = "",
        channel_id: int = 0,
        guild_id: int | None = None,
        request_ids: set[str] | None = None,
        report: Report | None = None,
    ) -> None:
        self.client = client
        self.pinned = pinned
        self.owner_id = owner_id
        self.lesson_id = lesson_id
        self.channel_id = channel_id
        self.guild_id = guild_id
        self.report: Report = _unheard if report is None else report
        self._request_ids = set() if request_ids is None else request_ids
        self._tokens: dict[str, tuple[int, int]] = {}
        self._reported = 0

    def request(
        self, prompt: str, params: DecodingParams, *, trace_top_n: int = TRACE_TOP_N
    ) -> GenerationRequest:
        """Return a request under what the lesson has pinned, and the word list of today."""
        return GenerationRequest(
            prompt=prompt,
            params=replace(params, bad_words=self.client.blocked_words),
            model=self.pinned.model,
            revision=self.pinned.revision,
            seed=self.pinned.seed,
            trace_top_n=trace_top_n,
            user_id=self.owner_id,
            deadline_s=self.client.settings.request_timeout_s,
            style=LESSON,
        )

    async def write(
        self,
        prompt: str,
        params: DecodingParams,
        *,
        label: str = "",
        trace_top_n: int = TRACE_TOP_N,
        prefix_ids: tuple[int, ...] = (),
    ) -> Trace:
        """Have a text written: the same settings give the same token ids each time.

        Args:
            prompt: Text before.
            params: How to write; the word list of today is added.
            label: What the text is called where a cell has several.
            trace_top_n: Candidates recorded per step.
            prefix_ids: Tokens that stand between the prompt and what is written.

        Raises:
            EngineError: As `serve`.
        """
        request = self.request(prompt, params, trace_top_n=trace_top_n)
        return await self.serve(replace(request, prefix_ids=prefix_ids), label=label)

    async def serve(self, request: GenerationRequest, *, label: str = "") -> Trace:
        """Have a request served, which `request` has made.

        A full queue is waited for a while, since a class that tries for itself fills it.

        Raises:
            EngineError: The engine refuses or fails, or the lesson was stopped.
        """
        for pause_s in (*_FULL_QUEUE_PAUSES_S, None):
            self._request_ids.add(request.request_id)
            try:
                completion = await self._completion(request)
            except EngineError as error:
                if error.code != "queue_full" or pause_s is None:
                    raise
            else:
                return Trace(request=request, completion=completion, label=label)
            finally:
                self._request_ids.discard(request.request_id)
            await asyncio.sleep(pause_s)
            request = replace(request, request_id=uuid4().hex)
        raise AssertionError("the last try returns or raises")

    async def _completion(self, request: GenerationRequest) -> Completion:
        """Follow a request to its end; a long one reports its tokens, and those of the others."""
        limit = request.params.max_new_tokens
        if limit <= _SHORT_TOKENS:
            return await self.client.engine.generate(request)
        async with aclosing(self.client.engine.stream(request)) as events:
            async for event in events:
                if isinstance(event, Done):
                    self._note(request.request_id, limit, limit)
                    return event.completion
                if isinstance(event, Progress):
                    self._note(request.request_id, event.tokens, limit)
        raise AssertionError("a stream ends with its answer, or raises")

    def _note(self, request_id: str, done: int, count: int) -> None:
        """Report the tokens of all long texts so far, where there are enough more of them."""
        self._tokens[request_id] = (done, count)
        total, expected = (sum(column) for column in zip(*self._tokens.values(), strict=True))
        if total - self._reported >= _REPORTED_TOKENS:
            self._reported = total
            self.report(total, expected)

    async def picture(self, draw: Callable[[], bytes], name: str, alt: str) -> Picture:
        """Draw a picture in a thread; one that cannot be drawn in time is said in words.

        Args:
            draw: Returns PNG bytes.
            name: Of its file: ASCII, ends in .png.
            alt: What it says, at most 1024 characters.
        """
        data = await self.client.pictures.draw_once(draw, self.owner_id)
        return Picture(data, name, alt)


class Cell(ABC):
    """One cell. It has no state of its own: one instance serves every lesson.

    Attributes:
        key: Stable, English; stored in the database.
        title: A few words, at most 40 characters.
        idea: One sentence, Markdown.
        code: At most `MOST_CODE_LINES` lines of Python, each at most `MOST_CODE_COLUMNS`
            characters; "" for none.
        question: For the class, one sentence.
        own: Settings of «Hacerlo yo», under which everybody writes a text of their own; None where
            there is nothing to try.
        posts: Whether it sends messages of its own, which the teacher's buttons then go below.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    idea: ClassVar[str]
    code: ClassVar[str] = ""
    question: ClassVar[str] = ""
    own: ClassVar[DecodingParams | None] = None
    posts: ClassVar[bool] = False

    @abstractmethod
    async def run(self, lab: Lab) -> CellResult:
        """Compute the cell. Run again under the same `Pinned`, it finds the same token ids.

        Raises:
            EngineError: A text could not be written; the teacher is told and may try again.
            UserError: Why it cannot be done with this model.
        """
