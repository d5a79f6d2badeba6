"""Why the bot cannot start, for the admin who reads it in a terminal."""

from __future__ import annotations

from bot.messages.errors import text_of
from bot.process import startup_texts as texts
from bot.storage.errors import StorageError
from engine import EngineError

_DETAIL_LIMIT = 300


def startup_text(error: StorageError | EngineError) -> str:
    """Say in Spanish what is missing, where, and what to do."""
    if isinstance(error, StorageError):
        facts = {"path": error.path or "", "reason": error.reason or "?", "pid": error.pid or "?"}
        return texts.STORAGE[error.code].format(**facts)
    if error.code != "model_unavailable":
        return text_of(error)
    if error.reason == "no_models":
        return texts.NO_MODELS
    why = texts.MODEL.get(str(error.reason), texts.MODEL_OTHER)
    if error.model is None and error.host is not None:
        return texts.ENGINE_PROBLEM.format(host=error.host, why=why)
    # People know the model by a name without its folders; the admin has to find it.
    fact = error.details.get("error") or error.details.get("path") or ""
    detail = " ".join(str(fact).split())[:_DETAIL_LIMIT]
    why += texts.DETAIL.format(detail=detail) if detail else ""
    return texts.MODEL_PROBLEM.format(model=error.model, why=why)
