"""The boundary of a worker: whatever goes wrong becomes a request's typed error."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from engine.errors import EngineError, ModelUnavailable
from engine.models.memory import free_memory, is_out_of_memory
from engine.panics import is_failure
from engine.runtime.job import Job

logger = logging.getLogger(__name__)

T = TypeVar("T")


def outcome_of(work: Callable[[], T], job: Job[Any]) -> T | EngineError:
    """Do a job's work; return its result or its error."""
    try:
        return work()
    except BaseException as error:  # the boundary: the next request must be served
        if not is_failure(error):
            raise
        failure = typed(error, job)
    if failure.code == "out_of_memory":
        free_memory()
    return failure


def typed(error: BaseException, job: Job[Any]) -> EngineError:
    """Translate a failure; the frames of its traceback would keep tensors alive, so they go."""
    if isinstance(error, EngineError):
        logger.info("Request %s: %s", job.request_id[:8], error)
        failure = error
    elif is_out_of_memory(error):
        logger.error("Request %s: out of memory", job.request_id[:8], exc_info=error)
        failure = EngineError("out_of_memory", model=job.model, error=str(error))
    elif not isinstance(error, Exception):
        # A panic quotes the text that it fell over, and nobody's text is logged.
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Request %s failed: a library panicked\n%s", job.request_id[:8], frames)
        failure = ModelUnavailable(job.model, "failed", error=type(error).__name__)
    else:
        logger.error("Request %s failed", job.request_id[:8], exc_info=error)
        failure = ModelUnavailable(job.model, "failed", error=f"{type(error).__name__}: {error}")
    failure.__cause__ = failure.__context__ = None
    return failure.with_traceback(None)
