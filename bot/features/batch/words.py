"""What is said of a file while it is worked through, and at its end."""

from __future__ import annotations

from bot.features.batch import texts
from bot.features.batch.rows import Tally
from bot.features.batch.table import Layout
from bot.render.markdown import clip, escape
from bot.render.model_names import model_info, shown_name
from bot.render.numbers import duration, integer
from bot.render.style import style_text
from bot.storage.batches import Batch, State
from engine import Engine

_NAME_LIMIT = 60
_ROUND_S = 10


def file_name(layout: Layout) -> str:
    """Return the file's name, ready for Markdown."""
    return escape(clip(layout.name, _NAME_LIMIT))


def quoted(names: tuple[str, ...]) -> str:
    """List columns."""
    shown = names[:20]
    listed = ", ".join(texts.QUOTED.format(text=escape(clip(name, 30))) for name in shown)
    return listed + (", …" if len(names) > len(shown) else "")


def running_text(batch: Batch, tally: Tally, engine: Engine, *, notes: tuple[str, ...]) -> str:
    """Say how far a file is."""
    left = ""
    if tally.seconds_left is not None:
        seconds = max(_ROUND_S, round(tally.seconds_left / _ROUND_S) * _ROUND_S)
        left = texts.LEFT.format(time=duration(seconds))
    line = texts.RUNNING.format(
        done=integer(tally.done), count=integer(tally.count), left=left
    ) + errors_text(tally)
    return "\n".join((_title(batch), line, *_facts(batch, engine), *notes))


def ended_text(batch: Batch, tally: Tally, state: State, why: str, engine: Engine) -> str:
    """Say how a file ended."""
    templates = {"done": texts.DONE, "stopped": texts.STOPPED, "failed": texts.FAILED}
    line = templates[state].format(done=integer(tally.done), count=integer(tally.count), why=why)
    return "\n".join(
        (_title(batch), line + errors_text(tally), *_facts(batch, engine), texts.INVENTED)
    )


def mention_text(batch: Batch, tally: Tally, state: State, why: str) -> str:
    """Call the person who asked: it has ended, well or badly."""
    templates = {
        "done": texts.MENTION_DONE,
        "stopped": texts.MENTION_STOPPED,
        "failed": texts.MENTION_FAILED,
    }
    return templates[state].format(
        owner=batch.owner_id,
        name=file_name(Layout.from_dict(batch.layout)),
        done=integer(tally.done),
        count=integer(tally.count),
        errors=errors_text(tally),
        why=why,
    )


def errors_text(tally: Tally) -> str:
    """Count the rows that went wrong; "" for none."""
    if not tally.errors:
        return ""
    template = texts.ERRORS_ONE if tally.errors == 1 else texts.ERRORS
    return template.format(count=integer(tally.errors))


def style_label(batch: Batch) -> str:
    """Return what the settings are called."""
    return style_text(batch.request.style, batch.request.params)


def _title(batch: Batch) -> str:
    return texts.TITLE.format(name=file_name(Layout.from_dict(batch.layout)))


def _facts(batch: Batch, engine: Engine) -> tuple[str, ...]:
    layout = Layout.from_dict(batch.layout)
    column = texts.NO_COLUMN_FACT
    if layout.form != "txt":
        column = texts.COLUMN.format(name=escape(clip(layout.column, 30)))
    facts = texts.FACTS.format(
        model=shown_name(engine, batch.request.model),
        style=style_label(batch),
        seed=batch.request.seed,
        column=column,
    )
    lines = [facts]
    info = model_info(engine, batch.request.model)
    if info is not None and info.host is not None:
        lines.append(texts.ELSEWHERE.format(host=escape(info.host)))
    if layout.is_latin:
        lines.append(texts.ENCODING)
    if layout.form == "csv" and not layout.has_header:
        lines.append(texts.WITHOUT_HEADER)
    return tuple(lines)
