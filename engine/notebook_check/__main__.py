"""Command line of the comparison."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.command_line import SpanishParser
from engine.create import create_engine
from engine.errors import EngineError
from engine.models.catalogue import HubSource, describe
from engine.models.preparation import prepare
from engine.models.remote import AddressError
from engine.notebook import facts
from engine.notebook_check import texts
from engine.notebook_check.numbers import Numbers, Question
from engine.notebook_check.ours import our_numbers
from engine.notebook_check.printing import printed
from engine.notebook_check.report import Findings, disagreements, lines
from engine.runtime.threads import configure_threads

if TYPE_CHECKING:
    from engine.models.checkpoint import Checkpoint

SAME, DIFFERENT, NOT_COMPUTED, OTHER_MODEL = range(4)
"""Exit codes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print, and return the exit code."""
    options = _parse(arguments)
    configure_threads()
    name = f"{options.model}@{options.revision}" if options.revision else options.model
    try:
        with tempfile.TemporaryDirectory() as scratch:
            found, revision = _compute(options, name, Path(scratch))
    except EngineError as error:
        sys.stderr.write(_why_not(options.model, error) + "\n")
        return NOT_COMPUTED
    sys.stdout.write(printed(found, options.model, revision))
    if disagreements(found):
        return DIFFERENT
    if not found.is_notebooks:
        return OTHER_MODEL
    return SAME if all(line.agrees for line in lines(found)) else DIFFERENT


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = SpanishParser(prog="python -m engine.notebook_check", description=texts.DESCRIPTION)
    parser.add_argument("--model", default=facts.MODEL, metavar="MODELO", help=texts.HELP_MODEL)
    parser.add_argument("--revision", metavar="REVISIÓN", help=texts.HELP_REVISION)
    parser.add_argument("--unicorn-prompt", metavar="TEXTO", help=texts.HELP_PROMPT)
    parser.add_argument("--is-notebook-model", action="store_true", help=texts.HELP_IS_NOTEBOOKS)
    return parser.parse_args(arguments)


def _compute(options: argparse.Namespace, name: str, scratch: Path) -> tuple[Findings, str]:
    # torch and transformers take seconds, and a wrong name needs neither.
    from engine.notebook_check.theirs import Reference

    checkpoint = _checkpoint(name, scratch)
    reference = Reference(checkpoint.folder)
    question = reference.question(options.unicorn_prompt or facts.UNICORN_PROMPT)
    source = describe(name).source
    is_hubs = isinstance(source, HubSource) and source.repo == facts.MODEL
    ours = asyncio.run(_ours(checkpoint.folder, question))
    found = Findings(
        is_notebooks=is_hubs or options.is_notebook_model,
        is_exact_prompt=options.unicorn_prompt is not None or facts.IS_UNICORN_PROMPT_EXACT,
        parameters=reference.parameters,
        hidden_top_k=reference.hidden_top_k(),
        question=question,
        ours=ours,
        theirs=reference.numbers(question),
        generated_ids=reference.generated_ids(),
        greedy_texts=reference.texts(ours.greedy_ids),
    )
    return found, checkpoint.revision


def _checkpoint(name: str, scratch: Path) -> Checkpoint:
    try:
        entry = describe(name)
    except AddressError:
        raise EngineError("unsupported") from None
    if entry.kind not in (None, "decoder"):
        raise EngineError("unsupported", kind=entry.kind)
    return prepare(entry, data_dir=scratch, hf_token=None, device="cpu", report=lambda *_: None)


async def _ours(folder: Path, question: Question) -> Numbers:
    engine = create_engine(models=[str(folder)], device="cpu")
    await engine.start()
    try:
        return await our_numbers(engine, question)
    finally:
        await engine.close()


def _why_not(model: str, error: EngineError) -> str:
    """Say in Spanish why nothing could be computed."""
    if error.code == "unsupported":
        why = texts.NOT_DECODER
    elif error.reason in texts.REASONS:
        why = texts.REASONS[error.reason]
    else:
        why = texts.OTHER_REASON.format(reason=error.reason or error.code)
    return texts.CANNOT_LOAD.format(model=model, why=why)


if __name__ == "__main__":
    sys.exit(main())
