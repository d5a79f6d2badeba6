"""A call of `/transformar`: which model, what it is told, and the settings that count."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.asking.layers import Effective, merge
from bot.asking.models import chosen_model
from bot.asking.requests import new_request
from bot.client import Client, Interaction
from bot.features.transform import texts
from bot.features.transform.choices import (
    SPANISH,
    code_of,
    is_known,
    known_language,
    known_task,
    task_name,
    translation_task,
)
from bot.messages.errors import UserError
from bot.render.markdown import clip, escape
from bot.render.model_names import TRANSFORMERS, models_of, shown
from bot.storage.records import TRANSFORMED, Preferences
from bot.styles import LESSON
from engine import GenerationRequest, ModelInfo

_TYPED_LIMIT = 40
_SPARE_TOKENS = 32
"""A token is a character at least: a text that does not run wild ends before this many more."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a model is told beside the text, by its own names and codes.

    Attributes:
        notes: Sentences about what has no effect.
    """

    task: str | None = None
    source: str | None = None
    target: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The request of a call, and what is said about it."""

    request: GenerationRequest
    notes: tuple[str, ...]


def asked(
    interaction: Interaction,
    prompt: str,
    call: Mapping[str, object],
    *,
    seed: int | None = None,
    task: str | None = None,
    source: str | None = None,
    target: str | None = None,
) -> Asked:
    """Build the request of a call.

    What people have set for writing on does not count here: a translation is as sure as can be,
    and only what the call itself names changes it.

    Args:
        interaction: The command.
        prompt: Already checked.
        call: Field name (or "model") → value; only what the call named.
        seed: 0 ≤ seed < 2³², or None.
        task: As typed.
        source: Language of the text, as typed.
        target: Language to write in, as typed.

    Raises:
        UserError: There is no such model, task or language, or a setting is refused.
    """
    client = interaction.client
    info = _model(client, call.get("model"))
    told = told_to(info, task=task, source=source, target=target)
    settings = _settings(client, prompt, call)
    # Models have learnt letters with their accents; a text may come with the two apart.
    prompt = unicodedata.normalize("NFC", prompt)
    request = new_request(interaction, prompt, replace(settings, model=info.name), seed=seed)
    request = replace(
        request,
        style=TRANSFORMED,
        task=told.task,
        source_language=told.source,
        target_language=told.target,
    )
    return Asked(request=request, notes=(*told.notes, *settings.notes, *_own_beams(info, call)))


def told_to(info: ModelInfo, *, task: str | None, source: str | None, target: str | None) -> Told:
    """Translate what was typed into what a model understands.

    Raises:
        UserError: The model does not know the language, or cannot do without one.
    """
    if not is_known(info):
        # What it can be told is not known yet; the engine refuses what it cannot.
        return Told(task=task, source=_code(source), target=_code(target))
    name = shown(info)
    if info.takes_task:
        return _task(info, name, task, source, target)
    notes: tuple[str, ...] = () if task is None else (texts.NO_TASK.format(model=name),)
    if not info.target_languages:
        if source is not None or target is not None:
            notes += (texts.NO_LANGUAGES.format(model=name),)
        return Told(notes=notes)
    if target is None:
        raise UserError(texts.NEEDS_TARGET.format(model=name))
    if source is not None and not info.source_languages:
        notes += (texts.NO_SOURCE.format(model=name),)
    return Told(
        source=_source(info, name, source),
        target=_language(info.target_languages, name, target),
        notes=notes,
    )


def _task(
    info: ModelInfo, name: str, task: str | None, source: str | None, target: str | None
) -> Told:
    """Choose a task: by its name, by words of one's own, or by two languages."""
    if task is None:
        pair = translation_task(info, source or SPANISH, target) if target is not None else None
        if pair is not None:
            return Told(task=pair)
        if not info.tasks:
            return Told()
        example = escape(task_name(info.tasks[0]))
        return Told(notes=(texts.NEEDS_TASK.format(model=name, example=example),))
    has_languages = source is not None or target is not None
    notes = (texts.LANGUAGES_OF_TASK.format(model=name),) if has_languages else ()
    return Told(task=known_task(info, task) or task.strip(), notes=notes)


def _source(info: ModelInfo, name: str, typed: str | None) -> str | None:
    """Return the language of the source, where the model wants to know it."""
    known = info.source_languages
    if typed is None:
        return SPANISH if SPANISH in known else None
    return _language(known, name, typed) if known else None


def _language(known: tuple[str, ...], name: str, typed: str) -> str:
    found = known_language(known, typed)
    if found is None:
        raise UserError(texts.UNKNOWN_LANGUAGE.format(model=name, typed=_shown(typed)))
    return found


def _code(typed: str | None) -> str | None:
    return None if typed is None else code_of(typed)


def _model(client: Client, typed: object) -> ModelInfo:
    """Return the model that was named, or the first that turns a text into another."""
    if not models_of(client.engine, TRANSFORMERS):
        raise UserError(texts.NO_MODEL)
    return chosen_model(client.engine, None if typed is None else str(typed), TRANSFORMERS)


def _settings(client: Client, prompt: str, call: Mapping[str, object]) -> Effective:
    """Lay what the call names over the surest settings, with room for all of the text."""
    nobody = Preferences()
    longest = min(len(prompt) + _SPARE_TOKENS, client.settings.max_new_tokens)
    sure = {
        "style": LESSON,
        "attempts": 1,
        "min_new_tokens": 0,
        "stop": (),
        "max_new_tokens": longest,
    }
    named = {field: value for field, value in call.items() if field != "model"}
    merged = merge(client.settings, nobody, nobody, {**sure, **named})
    return replace(merged, params=replace(merged.params, bad_words=client.blocked_words))


def _own_beams(info: ModelInfo, call: Mapping[str, object]) -> tuple[str, ...]:
    """Say with how many beams a checkpoint's authors decode, unless the call chose itself."""
    beams = dict(info.own_settings).get("num_beams")
    if beams is None or not call.keys().isdisjoint(("num_beams", "strategy")):
        return ()
    return (texts.OWN_BEAMS.format(model=shown(info), beams=escape(beams)),)


def _shown(typed: str) -> str:
    return escape(clip(typed.strip(), _TYPED_LIMIT))
