"""Command line: the lesson as a notebook file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from engine.command_line import SpanishParser
from engine.errors import EngineError
from engine.notebook import facts, texts
from engine.notebook.build import lesson_notebook
from engine.notebook.source import model_source

_WRITTEN, _FAILED = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file; return the exit code."""
    parser = SpanishParser(prog="python -m engine.notebook", description=texts.DESCRIPTION)
    parser.add_argument("--model", default=facts.MODEL, metavar="MODELO", help=texts.HELP_MODEL)
    parser.add_argument("--revision", metavar="REVISIÓN", help=texts.HELP_REVISION)
    parser.add_argument(
        "--seed", type=int, default=facts.SEED, metavar="SEMILLA", help=texts.HELP_SEED
    )
    parser.add_argument("out", type=Path, metavar="SALIDA.ipynb", help=texts.HELP_OUT)
    options = parser.parse_args(arguments)
    try:
        source = model_source(options.model, options.revision, shows_paths=True)
        options.out.write_bytes(lesson_notebook(source, seed=options.seed).data)
    except EngineError:
        sys.stderr.write(texts.NOT_DECODER.format(model=options.model) + "\n")
        return _FAILED
    except OSError as error:
        why = texts.NOT_WRITTEN.format(path=options.out, error=error.strerror or error)
        sys.stderr.write(why + "\n")
        return _FAILED
    sys.stdout.write(texts.WRITTEN.format(path=options.out) + "\n")
    return _WRITTEN


if __name__ == "__main__":
    sys.exit(main())
