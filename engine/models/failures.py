"""Turns what torch, transformers and the file system raise into the engine's error."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import EngineError, ModelUnavailable, UnavailableReason
from engine.models.memory import is_out_of_memory
from engine.panics import is_failure

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_ACCESS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST)


@contextmanager
def typed_failures(model: str, reason: UnavailableReason = "corrupt") -> Iterator[None]:
    """Raise whatever goes wrong inside as the engine's error, with its cause.

    The libraries below have no common base: tokenizers raises bare `Exception`, safetensors and
    huggingface_hub their own, and a configuration with absurd values anything.

    Raises:
        EngineError: out_of_memory.
        ModelUnavailable: no_space, no_access, else `reason`.
    """
    try:
        yield
    except EngineError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        raise _typed(model, reason, error) from error


def _typed(model: str, reason: UnavailableReason, error: BaseException) -> EngineError:
    text = str(error)
    if is_out_of_memory(error):
        return EngineError("out_of_memory", model=model, error=text)
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_SPACE or "os error 28" in text:
        return ModelUnavailable(model, "no_space", error=text)
    if number in _NO_ACCESS:
        return ModelUnavailable(model, "no_access", error=text)
    return ModelUnavailable(model, reason, error=text)
