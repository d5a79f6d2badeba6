"""The text of a continuation's message while it waits, while it grows and at its end.

A message is one paragraph, the person's words in bold and the model's plain, and small lines below:
it is copied as one text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.features.continuation import texts
from bot.features.continuation.question import suggestion
from bot.features.continuation.remote_words import sent_to
from bot.render.frame import NOTE, SMALL, Frame
from bot.render.markdown import CONTENT_LIMIT, CUT_START, clip, escape, length
from bot.render.numbers import integer
from bot.render.paragraph import Paragraph, Span
from bot.render.style import style_text
from bot.storage.records import StoredReply
from bot.texts.common import PRECISIONS
from bot.texts.common import tokens as tokens_text
from bot.ui.working import queue_line
from engine import Attempt, Completion, DecodingParams, Progress

MAX_PARTS = 4
REVISION_DIGITS = 8
MODEL_LIMIT = 60
Below = Callable[[StoredReply, Attempt, Frame, str], str]
"""From a reply, its attempt, what stands around it and the model's name to the lines under it."""
_RESERVE = 120
"""Kept free for a line that is only known at the very end (a restart)."""
_CLOSING = tuple(".,;:!?…)]}»”’%")
"""What follows a quoted prompt without a gap: no «…» stands before it."""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page of a finished reply.

    Attributes:
        attempt: 0-based attempt that it shows.
        index: 0-based place among all pages of all attempts.
        count: Number of pages.
        label: «2 de 10», with the part where an attempt has several.
        file_text: The whole text, with what stands before it, where it goes in a file; else None.
    """

    content: str
    attempt: int
    index: int
    count: int
    label: str
    file_text: str | None


@dataclass(frozen=True)
class _Pages:
    """The pages of one attempt.

    Attributes:
        count: Number of them.
        first: 0-based one that the reader begins at.
        is_in_file: Whether the text goes in a file, and a page shows some of it.
        write: 0-based page → Markdown; few are read, and it takes its time.
    """

    count: int
    first: int
    is_in_file: bool
    write: Callable[[int], str]


def waiting_text(frame: Frame, position: int, wait_s: float | None) -> str:
    """Show a place in the queue; 0 means that the text is being written unseen."""
    unseen = SMALL + texts.WRITING_UNSEEN
    line = queue_line(position, wait_s) if position else unseen
    return _over(frame.paragraph(), line)


def running_text(frame: Frame, progress: Progress, params: DecodingParams) -> str:
    """Show the text so far: its end, where it is long. Of several, only how far they are."""
    text = progress.text.rstrip() if params.queue_places == 1 else ""
    paragraph = frame.paragraph(text)
    line = _count(progress) if frame.is_source else progress_text(progress, params)
    return _over(paragraph, SMALL + line, texts.CURSOR)


def _count(progress: Progress) -> str:
    """Say how long the text is: what is made of another one ends by itself."""
    return tokens_text(integer(progress.tokens))


def progress_text(progress: Progress, params: DecodingParams) -> str:
    """Say how far a text is, or several at once."""
    templates = (texts.PROGRESS, texts.PROGRESS_SENTENCE)
    if params.queue_places > 1:
        templates = (texts.PROGRESS_TRIES, texts.PROGRESS_TRIES_SENTENCE)
    template = templates[progress.tokens > params.max_new_tokens]
    return template.format(
        count=params.queue_places,
        tokens=progress.tokens,
        limit=params.max_new_tokens,
    )


def failed_text(frame: Frame, text: str) -> str:
    """Keep the prompt over the reason why there is no text."""
    return _over(frame.paragraph(), "\n" + text)


def screen(
    reply: StoredReply,
    frame: Frame,
    index: int | None,
    model_name: str,
    under: Below | None = None,
) -> Screen:
    """Lay out one page of a finished reply; an index out of range shows the nearest page.

    Args:
        reply: With at least one attempt.
        frame: What stands around the text.
        index: 0-based page; None for the one that people begin at.
        model_name: The model's shown name, as Markdown.
        under: Writes the small lines under an attempt; None: `below`.
    """
    attempts = reply.completion.attempts
    write = under or below
    lines = [write(reply, attempt, frame, model_name) for attempt in attempts]
    room = CONTENT_LIMIT - max(map(length, lines)) - _RESERVE
    numbers = range(len(attempts)) if reply.kept is None else (reply.kept,)
    found = {number: _pages(frame, attempts[number], room) for number in numbers}
    places = [(number, part) for number in numbers for part in range(found[number].count)]
    index = found[numbers[0]].first if index is None else min(max(index, 0), len(places) - 1)
    number, part = places[index]
    pages, attempt = found[number], attempts[number]
    notice = f"\n{SMALL}{texts.WHOLE_TEXT_IN_FILE}" if pages.is_in_file else ""
    return Screen(
        content=pages.write(part) + notice + lines[number],
        attempt=number,
        index=index,
        count=len(places),
        label=_label(number, len(numbers), part, pages.count),
        file_text=_whole(frame, attempt) if pages.is_in_file else None,
    )


def _whole(frame: Frame, attempt: Attempt) -> str:
    """Return a text with what stands before it; not what it was made of."""
    return frame.prefix + attempt.text if frame.is_source else frame.paragraph(attempt.text).text


def _pages(frame: Frame, attempt: Attempt, limit: int) -> _Pages:
    written = attempt.text.rstrip()
    if not written:
        return _Pages(1, 0, is_in_file=False, write=lambda _: _nothing_written(frame, limit))
    paragraph = frame.paragraph(written)
    if not frame.is_kept:
        return _foreign_pages(paragraph, limit)
    news_from = len(frame.paragraph().text)
    return _cut(paragraph, news_from, limit, lambda span: paragraph.markdown(*span))


def _nothing_written(frame: Frame, limit: int) -> str:
    paragraph = frame.paragraph()
    ending = paragraph.ending(limit - length(texts.NOTHING_WRITTEN))
    gap = "\n\n" if paragraph.is_quoted and not paragraph.plain else "\n"
    return f"{ending}{gap}{SMALL}{texts.NOTHING_WRITTEN}"


def _cut(paragraph: Paragraph, news_from: int, limit: int, write: Callable[[Span], str]) -> _Pages:
    """Cut a paragraph into pages, or show only its news where they are too many."""
    pages = paragraph.pages(news_from, limit, MAX_PARTS)
    if pages is None:
        return _Pages(
            1, 0, is_in_file=True, write=lambda _: write(paragraph.news(news_from, limit))
        )
    spans, first = pages
    return _Pages(len(spans), first, is_in_file=False, write=lambda part: write(spans[part]))


def _foreign_pages(paragraph: Paragraph, limit: int) -> _Pages:
    """Show words that are not stored on every page: the next one is built from this one."""
    news = paragraph.without_bold()
    head = replace(paragraph, plain="")

    def write(span: Span) -> str:
        start, stop = span
        joint = "\n\n" if head.is_quoted else " "
        part = joint * (start > 0) + news.text[start:stop]
        return replace(head, plain=part).markdown()

    return _cut(news, 0, limit - length(head.markdown()) - 1, write)


def below(reply: StoredReply, attempt: Attempt | None, frame: Frame, model_name: str) -> str:
    """Write the small lines under an attempt of a reply, or under all of them."""
    done = reply.completion
    parts = [
        texts.INVENTED_BY.format(model=clip(model_name, MODEL_LIMIT)),
        style_text(reply.request.style, done.params),
        texts.SEED.format(seed=done.seed),
    ]
    if attempt is not None and (ending := ending_of(done, attempt)) in texts.STOPPED:
        parts.append(texts.STOPPED[ending])
    lines = [SMALL + " · ".join(parts), *(NOTE + note for note in frame.notes)]
    if (beginning := suggestion(reply)) is not None:
        lines.append(SMALL + texts.QUESTION.format(beginning=escape(beginning)))
    if (sent := sent_to(done)) is not None:
        lines.insert(1, SMALL + sent)
    if done.remote is not None and done.remote.cut_by_list:
        lines.append(SMALL + texts.CUT_BY_LIST)
    if done.truncated_tokens:
        lines.insert(1, SMALL + texts.TRUNCATED.format(count=integer(done.truncated_tokens)))
    return "".join(f"\n{line}" for line in lines)


def ending_of(done: Completion, attempt: Attempt) -> str:
    """Return a key of the endings: without stop texts, only a fault stops a text there."""
    is_fault = attempt.finish_reason == "stop" and not done.params.stop
    return "fault" if is_fault else attempt.finish_reason


def revision_text(done: Completion) -> str:
    """Write the revision, with a space in front: « @a5fd3b62»."""
    return f" @{escape(done.revision[:REVISION_DIGITS])}" if done.revision else ""


def precision_text(done: Completion) -> str:
    """Write the precision badge: «exacto», «rápido»."""
    unknown = texts.PRECISION.format(name=escape(done.precision))
    return PRECISIONS.get(done.precision, unknown)


def attempt_label(attempt: int, attempts: int) -> str:
    """Name an attempt, 0-based, among several: «2 de 10»."""
    return texts.ATTEMPT_OF.format(number=attempt + 1, count=attempts)


def _label(attempt: int, attempts: int, part: int, parts: int) -> str:
    labels = []
    if attempts > 1:
        labels.append(attempt_label(attempt, attempts))
    if parts > 1:
        labels.append(texts.PART_OF.format(number=part + 1, count=parts))
    return " · ".join(labels)


def tied(escaped: str) -> str:
    """Put «…» before a text that stands under the quote of what it goes on with."""
    if escaped.startswith("\n"):
        return escaped.lstrip("\n")
    return escaped if escaped.startswith((*_CLOSING, CUT_START)) else f"…{escaped}"


def _over(paragraph: Paragraph, line: str, cursor: str = "") -> str:
    """Put a text over a small line: its end, where it is long."""
    is_quote_alone = paragraph.is_quoted and not paragraph.plain
    if cursor and is_quote_alone:
        # Nobody writes on within what a person wrote.
        cursor = f"\n\n{cursor.strip()}"
    room = CONTENT_LIMIT - length(line) - length(cursor) - _RESERVE
    gap = "\n" * (1 + (is_quote_alone and not cursor and line[:1] != "\n"))
    return f"{paragraph.ending(room)}{cursor}{gap}{line}"
