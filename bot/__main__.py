"""`python -m bot`: run · demo · check · invite · backup · health."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import NoReturn

from bot.config import ENV_FILE, ConfigError, Settings, load_settings
from bot.process import connection_texts, texts
from bot.process.health import diagnose
from bot.process.logs import configure_logging
from engine.command_line import SpanishParser
from engine.runtime.threads import configure_threads

TRIED = {
    None: ("database_url", "device", "metrics_port"),
    "run": ("database_url", "device", "metrics_port"),
    "demo": ("device",),
    "check": ("database_url", "device"),
}
"""By command: the settings that are tried on this machine before anything is opened."""
EXIT_OK, EXIT_FAILED, EXIT_MISCONFIGURED = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit code."""
    arguments = _parser().parse_args(argv)
    try:
        settings = _settings(arguments.env_file, arguments.command)
    except ConfigError as error:
        _say_problems(error.problems)
        return EXIT_MISCONFIGURED
    is_service = arguments.command in {None, "run"}
    configure_logging(
        settings.log_level,
        settings.log_format,
        is_service=is_service,
        shards=settings.shards.label,
    )
    try:
        return _dispatch(arguments, settings)
    except KeyboardInterrupt:
        _say(texts.INTERRUPTED)
        return EXIT_FAILED


def _settings(env_file: Path | None, command: str | None) -> Settings:
    if env_file is not None and not env_file.is_file():
        raise ConfigError((texts.NO_ENV_FILE.format(path=env_file),))
    return load_settings(
        env_file or ENV_FILE,
        is_token_needed=command in {None, "run", "invite"},
        tried=TRIED.get(command, ()),
    )


def _dispatch(arguments: argparse.Namespace, settings: Settings) -> int:
    match arguments.command:
        case "health":
            return _health(settings)
        case "demo":
            return _demo(settings, arguments.port, arguments.model)
        case "invite":
            return _invite(settings)
        case "backup":
            return _backup(settings, arguments.target)
        case "check":
            return _check(settings)
        case _:
            return _run(settings)


def _parser() -> argparse.ArgumentParser:
    parser = SpanishParser(prog="python -m bot", description=texts.DESCRIPTION)
    parser.add_argument("--env-file", type=Path, metavar="ARCHIVO", help=texts.HELP_ENV_FILE)
    commands = parser.add_subparsers(
        dest="command", title=texts.COMMANDS_TITLE, metavar="ORDEN", parser_class=SpanishParser
    )
    commands.add_parser("run", help=texts.HELP_RUN)
    demo = commands.add_parser("demo", help=texts.HELP_DEMO)
    demo.add_argument("--port", type=int, default=0, metavar="PUERTO", help=texts.HELP_PORT)
    demo.add_argument("--model", metavar="MODELO", help=texts.HELP_MODEL)
    commands.add_parser("check", help=texts.HELP_CHECK)
    commands.add_parser("invite", help=texts.HELP_INVITE)
    backup = commands.add_parser("backup", help=texts.HELP_BACKUP)
    backup.add_argument("target", type=Path, metavar="ARCHIVO", help=texts.HELP_BACKUP_TARGET)
    commands.add_parser("health", help=texts.HELP_HEALTH)
    return parser


def _say(text: str) -> None:
    # A log file on a full disk is no reason to stop.
    with contextlib.suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _say_problems(problems: Sequence[str]) -> None:
    noun = texts.PROBLEM_ONE if len(problems) == 1 else texts.PROBLEM_MANY
    lines = [texts.CONFIG_PROBLEMS.format(count=len(problems), noun=noun)]
    sys.stderr.write("\n  · ".join((*lines, *problems)) + "\n")


def _health(settings: Settings) -> int:
    problems = diagnose(settings.data_dir)
    _say("\n".join(problems) or texts.HEALTHY)
    return EXIT_FAILED if problems else EXIT_OK


def _invite(settings: Settings) -> int:
    from bot.process.invite import invite_url

    assert settings.discord_token is not None
    try:
        _say(invite_url(settings.discord_token.get_secret_value()))
    except ValueError:
        _say_problems((connection_texts.BAD_TOKEN,))
        return EXIT_MISCONFIGURED
    return EXIT_OK


def _backup(settings: Settings, target: Path) -> int:
    from bot.storage import StorageError
    from bot.storage.backups import save_copy

    try:
        save_copy(settings.database_url, settings.data_dir, target)
    except FileExistsError:
        _say_problems((texts.BACKUP_EXISTS.format(path=target),))
        return EXIT_FAILED
    except StorageError as error:
        why = texts.NO_BACKUP_REASONS.get(error.code, texts.NO_BACKUP_OTHER)
        _say_problems((texts.NO_BACKUP.format(path=target, why=why),))
        return EXIT_FAILED
    _say(texts.BACKED_UP.format(path=target))
    return EXIT_OK


def _check(settings: Settings) -> int:
    from bot.process.check import check

    configure_threads(settings.worker_threads)
    return EXIT_OK if asyncio.run(check(settings, _say)) else EXIT_FAILED


def _run(settings: Settings) -> int:
    # Until the service handles it itself: a start that is called off is no failure.
    signal.signal(signal.SIGTERM, _leave)
    from bot.process.service import StartupError, serve

    configure_threads(settings.worker_threads)
    try:
        asyncio.run(serve(settings, _say))
    except StartupError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    return EXIT_OK


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 (signal's signature)
    sys.exit(EXIT_OK)


def _demo(settings: Settings, port: int, model: str | None) -> int:
    if find_spec("simcord") is None:
        _say_problems((texts.NO_DEMO,))
        return EXIT_MISCONFIGURED
    from bot.process.demo import DEMO_WORKERS, run_demo

    configure_threads(DEMO_WORKERS)
    return asyncio.run(run_demo(settings, _say, port=port, model=model))


def _end(code: int) -> NoReturn:
    """Leave at once: a worker inside native code would hold up the interpreter's own end."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _end(main())
