"""A generation that runs by itself, from its first step to its answer."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from engine.errors import EngineError
from engine.runtime.backend import Run
from engine.runtime.job import Job
from engine.runtime.rates import Rates
from engine.trace import Completion


def steps_of(run: Run, job: Job[Completion], rates: Rates) -> Generator[None, None, Completion]:
    """Step a generation to its end, or to its cancellation or deadline; pause behind each step.

    Returns:
        The answer.

    Raises:
        EngineError: cancelled or deadline before the first token; what a step raises.
    """
    queue_s = job.waited_s()
    while not run.is_done:
        if (reason := job.must_stop()) is not None:
            if not run.has_tokens:
                raise EngineError(reason)
            run.stop(reason)
            break
        try:
            with rates.busy():
                run.step()
        except EngineError as error:
            if isinstance(error.partial, Completion):
                error.partial = replace(error.partial, queue_s=queue_s)
            raise
        job.publish(run, rates, is_sparing=not run.is_done)
        yield
    rates.add_service(job.waited_s() - queue_s, job.places)
    return run.completion(queue_s)


def drive(run: Run, job: Job[Completion], rates: Rates) -> Completion:
    """Do all steps of a generation, and let others have their turn between two of them.

    Raises:
        EngineError: As `steps_of`.
    """
    steps = steps_of(run, job, rates)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            completion: Completion = end.value
            return completion
        job.pause()
