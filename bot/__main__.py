"""`python -m bot`: run · demo · check · invite · health."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.config import ENV_FILE, ConfigError, Settings, load_settings
from bot.health import diagnose
from bot.logs import configure_logging
from bot.texts import cli as texts
from engine.runtime.threads import configure_threads

EXIT_OK, EXIT_FAILED, EXIT_MISCONFIGURED = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit code."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings(arguments.env_file)
    except ConfigError as error:
        _say_problems(error.problems)
        return EXIT_MISCONFIGURED
    configure_logging(settings.log_level, settings.log_format)
    if arguments.command == "health":
        return _health(settings)
    if arguments.command == "demo":
        return _demo(settings, arguments.port, arguments.model)
    if settings.discord_token is None and arguments.command != "check":
        _say_problems((texts.NO_TOKEN,))
        return EXIT_MISCONFIGURED
    if arguments.command == "invite":
        return _invite(settings)
    configure_threads(settings.worker_threads)
    return _check(settings) if arguments.command == "check" else _run(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description=texts.DESCRIPTION)
    parser.add_argument("--env-file", type=Path, default=ENV_FILE, help=texts.HELP_ENV_FILE)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help=texts.HELP_RUN)
    demo = commands.add_parser("demo", help=texts.HELP_DEMO)
    demo.add_argument("--port", type=int, default=0, help=texts.HELP_PORT)
    demo.add_argument("--model", help=texts.HELP_MODEL)
    commands.add_parser("check", help=texts.HELP_CHECK)
    commands.add_parser("invite", help=texts.HELP_INVITE)
    commands.add_parser("health", help=texts.HELP_HEALTH)
    return parser


def _say(text: str) -> None:
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
    from bot.invite import invite_url

    assert settings.discord_token is not None
    try:
        _say(invite_url(settings.discord_token.get_secret_value()))
    except ValueError:
        _say_problems((texts.BAD_TOKEN,))
        return EXIT_MISCONFIGURED
    return EXIT_OK


def _check(settings: Settings) -> int:
    from bot.check import check

    return EXIT_OK if asyncio.run(check(settings, _say)) else EXIT_FAILED


def _run(settings: Settings) -> int:
    from bot.service import StartupError, serve

    try:
        asyncio.run(serve(settings, _say))
    except StartupError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    return EXIT_OK


def _demo(settings: Settings, port: int, model: str | None) -> int:
    from bot.demo import DEMO_WORKERS, run_demo

    configure_threads(DEMO_WORKERS)
    return asyncio.run(run_demo(settings, _say, port=port, model=model))


if __name__ == "__main__":
    sys.exit(main())
