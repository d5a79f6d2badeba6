"""The models as Markdown blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.models import texts
from bot.render.markdown import V2_TEXT_LIMIT, clip, escape, length
from bot.render.model_names import shown
from bot.render.numbers import bytes_size, decimal, integer
from engine import ModelInfo
from engine.models.catalogue import EMBEDDED

_MAX_MODELS = 20
_FACT_LIMIT = 40
_REVISION_DIGITS = 8
_RESERVED = 200


def model_blocks(infos: Sequence[ModelInfo]) -> list[str]:
    """Describe each model in a block, the default one first; what does not fit is counted."""
    if not infos:
        return [texts.NONE]
    blocks: list[str] = []
    left = V2_TEXT_LIMIT - _RESERVED - length(texts.TITLE) - length(texts.HOW_TO_CHOOSE)
    for index, info in enumerate(infos[:_MAX_MODELS]):
        block = _block(info, is_default=index == 0)
        left -= length(block)
        if left < 0:
            break
        blocks.append(block)
    if len(blocks) < len(infos):
        blocks.append(texts.MORE.format(count=integer(len(infos) - len(blocks))))
    return blocks


def parameter_count(parameters: int) -> str:
    """Write a model's size: «124,4 M», «6,1 mil M»."""
    if parameters >= 1_000_000_000:
        return texts.BILLIONS.format(count=decimal(parameters / 1_000_000_000, digits=1))
    return texts.MILLIONS.format(count=decimal(parameters / 1_000_000, digits=1))


def _block(info: ModelInfo, *, is_default: bool) -> str:
    title = texts.NAME.format(name=shown(info)) + (texts.DEFAULT_MARK if is_default else "")
    if info.name in {EMBEDDED.name, EMBEDDED.alias}:
        title += texts.TOY_MARK
    first = [texts.LOADED if info.is_loaded else texts.NOT_LOADED]
    first.append(
        texts.FAMILY.format(family=_fact(info.family)) if info.family else texts.UNKNOWN_FAMILY
    )
    if info.parameters is not None:
        first.append(texts.PARAMETERS.format(count=parameter_count(info.parameters)))
    second = []
    if info.n_positions is not None:
        second.append(texts.CONTEXT.format(tokens=integer(info.n_positions)))
    if info.vocab_size is not None:
        second.append(texts.VOCABULARY.format(tokens=integer(info.vocab_size)))
    if info.weights_bytes is not None:
        second.append(texts.SIZE.format(size=bytes_size(info.weights_bytes)))
    second.append(
        texts.LICENCE.format(licence=_fact(info.licence)) if info.licence else texts.UNKNOWN_LICENCE
    )
    chosen_by = texts.CHOSEN_BY.format(name=_fact(info.name))
    if info.revision:
        chosen_by += texts.REVISION.format(revision=_fact(info.revision[:_REVISION_DIGITS]))
    return "\n".join((title, " · ".join(first), " · ".join(second), chosen_by))


def _fact(text: str) -> str:
    return escape(clip(text, _FACT_LIMIT))
