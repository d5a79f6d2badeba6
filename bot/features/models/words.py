"""The models as Markdown blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.models import texts
from bot.features.models.memory_words import memory_line
from bot.render.markdown import V2_TEXT_LIMIT, clip, escape, length
from bot.render.model_names import shown
from bot.render.numbers import bytes_size, decimal, integer
from engine import FreeMemory, ModelInfo
from engine.models.catalogue import COMPANIONS, EMBEDDED
from engine.models.kinds import CALLS
from engine.status import WRITERS

_MAX_MODELS = 20
_FACT_LIMIT = 40
_REVISION_DIGITS = 8
_RESERVED = 200
_UNKNOWN = "unknown"
_TOYS = {EMBEDDED.name, EMBEDDED.alias, *(entry.name for entry in COMPANIONS)}


def model_blocks(infos: Sequence[ModelInfo], free: FreeMemory | None = None) -> list[str]:
    """Describe each model in a block, by what it is asked for; what does not fit is counted.

    The default one is the first of those that go on with texts.

    Args:
        infos: The models.
        free: Memory for those that are not loaded; None: nothing is said about it.
    """
    if not infos:
        return [texts.NONE]
    blocks: list[str] = []
    left = V2_TEXT_LIMIT - _RESERVED - length(texts.TITLE) - length(texts.HOW_TO_CHOOSE)
    default = next((info for info in infos if info.kind in WRITERS), infos[0])
    shown = 0
    for info, head in _grouped(infos)[:_MAX_MODELS]:
        block = _block(info, free, is_default=info == default)
        block = block if head is None else f"{head}\n{block}"
        left -= length(block)
        if left < 0:
            break
        blocks.append(block)
        shown += 1
    if shown < len(infos):
        blocks.append(texts.MORE.format(count=integer(len(infos) - shown)))
    if any(info.name in _TOYS for info in infos):
        blocks.append(texts.TOYS)
    return blocks


def _grouped(infos: Sequence[ModelInfo]) -> list[tuple[ModelInfo, str | None]]:
    """Put the models that are asked for the same together, the first of each under its command."""
    groups: dict[str, list[ModelInfo]] = {call: [] for call in (*texts.GROUPS, _UNKNOWN)}
    for info in infos:
        groups[_UNKNOWN if info.kind is None else CALLS[info.kind]].append(info)
    heads = {**texts.GROUPS, _UNKNOWN: texts.UNKNOWN_GROUP}
    return [
        (info, heads[call] if index == 0 else None)
        for call, group in groups.items()
        for index, info in enumerate(group)
    ]


def parameter_count(parameters: int) -> str:
    """Write a model's size: «124,4 M», «6,1 mil M»."""
    if parameters >= 1_000_000_000:
        return texts.BILLIONS.format(count=decimal(parameters / 1_000_000_000, digits=1))
    return texts.MILLIONS.format(count=decimal(parameters / 1_000_000, digits=1))


def _block(info: ModelInfo, free: FreeMemory | None, *, is_default: bool) -> str:
    if info.host is not None:
        return _remote_block(info, info.host, is_default=is_default)
    title = texts.NAME.format(name=shown(info)) + (texts.DEFAULT_MARK if is_default else "")
    first = [texts.LOADED if info.is_loaded else texts.NOT_LOADED]
    if info.name in _TOYS:
        first.append(texts.TOY)
    first.append(_family(info))
    if info.parameters is not None:
        first.append(texts.PARAMETERS.format(count=parameter_count(info.parameters)))
    second = []
    if info.source_positions is not None:
        second.append(texts.SOURCE.format(tokens=integer(info.source_positions)))
    elif info.n_positions is not None:
        second.append(texts.CONTEXT.format(tokens=integer(info.n_positions)))
    if info.vocab_size is not None:
        second.append(texts.VOCABULARY.format(tokens=integer(info.vocab_size)))
    if info.weights_bytes is not None:
        second.append(texts.SIZE.format(size=bytes_size(info.weights_bytes)))
    second.append(
        texts.LICENCE.format(licence=_fact(info.licence)) if info.licence else texts.UNKNOWN_LICENCE
    )
    if info.revision:
        second.append(texts.REVISION.format(revision=_fact(info.revision[:_REVISION_DIGITS])))
    small = [" · ".join(second), "" if free is None else memory_line(info, free), _chosen_by(info)]
    lines = (title, " · ".join(first), *(texts.SMALL.format(text=line) for line in small if line))
    return "\n".join(lines)


def _chosen_by(info: ModelInfo) -> str:
    """Say what to type; "" where that is the name that is shown."""
    return "" if info.name == info.display_name else texts.CHOSEN_BY.format(name=_fact(info.name))


def _family(info: ModelInfo) -> str:
    if not info.family:
        return texts.UNKNOWN_FAMILY
    family = texts.FAMILY.format(family=_fact(info.family))
    return family if info.kind is None else f"{family} ({texts.KINDS[info.kind]})"


def _remote_block(info: ModelInfo, host: str, *, is_default: bool) -> str:
    small = filter(None, (texts.REMOTE_UNKNOWN, _chosen_by(info)))
    return "\n".join(
        (
            texts.NAME.format(name=shown(info)) + (texts.DEFAULT_MARK if is_default else ""),
            texts.REMOTE.format(host=_fact(host)),
            *(texts.SMALL.format(text=line) for line in small),
        )
    )


def _fact(text: str) -> str:
    return escape(clip(text, _FACT_LIMIT))
