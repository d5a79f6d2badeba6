"""What a model can be told beside the text: a task by its name, languages by their codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from babel import Locale

from bot.features.transform import texts
from bot.render.model_names import comparable
from engine import ModelInfo

COMMON_LANGUAGES = (
    "es",
    "en",
    "fr",
    "de",
    "it",
    "pt",
    "ca",
    "gl",
    "eu",
    "ro",
    "ru",
    "zh",
    "ja",
    "ar",
)
"""What is proposed first, and where a model's own are not known yet."""
_SPANISH = Locale("es")
_TRANSLATION = re.compile(r"translation_([a-z]+)_to_([a-z]+)")
_SUMMARY = "summarization"
SPANISH = "es"


def task_name(task: str) -> str:
    """Name a task: «Traducir de inglés a alemán», «Resumir», else as the model calls it."""
    if found := _TRANSLATION.fullmatch(task):
        source, target = map(language_name, found.groups())
        return texts.TASK_TRANSLATION.format(source=source, target=target)
    return texts.TASK_SUMMARY if task == _SUMMARY else task


def language_name(code: str) -> str:
    """Name a language in Spanish; an unknown code goes by itself."""
    return str(_SPANISH.languages.get(code, code))


def language_label(code: str) -> str:
    """Name a language with its code: «inglés (en)»."""
    name = language_name(code)
    return code if name == code else texts.LANGUAGE.format(name=name, code=code)


def is_known(info: ModelInfo) -> bool:
    """Tell whether it is known what a model can be told: it has been loaded once."""
    return info.vocab_size is not None


def known_task(info: ModelInfo, typed: str) -> str | None:
    """Find a task by the model's name of it, or by ours."""
    return _known(info.tasks, typed, task_name)


def known_language(codes: Sequence[str], typed: str) -> str | None:
    """Find a language by its code, or by its Spanish name."""
    return _known(codes, typed, language_name) or _known(codes, typed, language_label)


def code_of(typed: str) -> str:
    """Find a language's code by its Spanish name; what is no name goes by itself."""
    wanted = comparable(typed.strip())
    names = _SPANISH.languages.items()
    return next((code for code, name in names if comparable(name) == wanted), typed.strip())


def translation_task(info: ModelInfo, source: str, target: str) -> str | None:
    """Find the task that translates between two languages, by their codes or names."""
    for task in info.tasks:
        if found := _TRANSLATION.fullmatch(task):
            pairs = zip(found.groups(), (source, target), strict=True)
            if all(comparable(typed) in _names(code) for code, typed in pairs):
                return task
    return None


def _names(code: str) -> set[str]:
    return {comparable(name) for name in (code, language_name(code), language_label(code))}


def _known(names: Iterable[str], typed: str, shown: Callable[[str], str]) -> str | None:
    wanted = comparable(typed.strip())
    return next((n for n in names if wanted in (comparable(n), comparable(shown(n)))), None)
