"""`python -m bot check`: try every resource that the bot will need, and say what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.config import Settings
from bot.machine import require_port
from bot.process import startup_texts, texts
from bot.process.health import is_starting
from bot.process.logs import log_held
from bot.process.preparation import PreparationBar
from bot.process.startup_errors import startup_text
from bot.render.arithmetic import arithmetic_text
from bot.render.numbers import bytes_size, duration, integer
from bot.storage import StorageError, check_storage
from bot.storage.lock import holder
from engine import (
    DecodingParams,
    Engine,
    EngineError,
    GenerationRequest,
    ModelInfo,
    create_engine,
)
from engine.explain import AttentionRequest
from engine.models.catalogue import with_companions
from engine.models.remote import is_remote
from engine.status import WRITERS

_TRIAL = DecodingParams(max_new_tokens=1)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the table."""

    subject: str
    is_well: bool
    detail: str


async def check(settings: Settings, say: Callable[[str], None]) -> bool:
    """Open the database, load each model and let it write, or read, a few words; say a table.

    Returns:
        Whether everything is well.
    """
    findings = [
        _configuration(settings),
        _token(settings),
        await _database(settings),
        *_metrics_port(settings),
        *[await _engine(address) for address in settings.engine_url],
        *[await _model(settings, name) for name in _names(settings)],
    ]
    width = max(len(finding.subject) for finding in findings)
    say(texts.CHECK_TITLE)
    for finding in findings:
        mark = "✓" if finding.is_well else "✗"
        say(f"  {mark} {finding.subject:<{width}}  {finding.detail}")
    is_well = all(finding.is_well for finding in findings)
    say(texts.CHECK_DONE if is_well else texts.CHECK_FAILED)
    return is_well


def _configuration(settings: Settings) -> Finding:
    shards = settings.shards
    facts = [texts.OK]
    if shards.count is not None:
        facts.append(texts.CHECK_SHARDS.format(ids=shards.label, count=shards.count))
    return Finding(subject=texts.CHECK_CONFIG, is_well=True, detail=" · ".join(facts))


def _token(settings: Settings) -> Finding:
    is_set = settings.discord_token is not None
    detail = texts.TOKEN_SET if is_set else texts.TOKEN_MISSING
    return Finding(subject=texts.CHECK_TOKEN, is_well=is_set, detail=detail)


async def _database(settings: Settings) -> Finding:
    try:
        report = await check_storage(settings.database_url, settings.data_dir)
    except StorageError as error:
        return Finding(subject=texts.CHECK_DATABASE, is_well=False, detail=startup_text(error))
    facts = [
        report.database,
        bytes_size(report.size_bytes),
        texts.FREE_SPACE.format(free=bytes_size(report.free_bytes)),
    ]
    if report.is_upgrade_due:
        facts.append(texts.UPGRADE_DUE)
    if report.running_pid is not None:
        state = texts.ALREADY_STARTING if is_starting(settings.data_dir) else texts.ALREADY_RUNNING
        facts.append(state.format(pid=report.running_pid))
    return Finding(subject=texts.CHECK_DATABASE, is_well=True, detail=" · ".join(facts))


def _metrics_port(settings: Settings) -> Iterator[Finding]:
    """Try the port, unless a bot that is running has it."""
    if (port := settings.metrics_port) is None:
        return
    is_well, detail = True, texts.PORT_FREE.format(port=port)
    try:
        require_port(port)
    except ValueError as error:
        is_ours = _is_running(settings)
        is_well = is_ours
        problem = startup_texts.METRICS_PORT.format(problem=error)
        detail = texts.PORT_OURS.format(port=port) if is_ours else problem
    yield Finding(subject=texts.CHECK_PORT, is_well=is_well, detail=detail)


def _is_running(settings: Settings) -> bool:
    try:
        return holder(settings.data_dir) is not None
    except StorageError:
        return False


def _names(settings: Settings) -> tuple[str | None, ...]:
    """Return the models that are this process's own business; None is the default one."""
    if settings.engine_url:
        return tuple(name for name in settings.models if is_remote(name))
    return with_companions(settings.models) or (None,)


async def _engine(address: str) -> Finding:
    subject = texts.CHECK_ENGINE.format(address=address)
    return await _trial(subject, lambda _: create_engine(models=(), url=address), None)


async def _model(settings: Settings, name: str | None) -> Finding:
    subject = texts.CHECK_MODEL.format(name=name or texts.DEFAULT_MODEL).strip()

    def build(bar: PreparationBar) -> Engine:
        return create_engine(
            models=(name,) if name else (),
            device=settings.device,
            precision=settings.precision,
            data_dir=settings.data_dir,
            hf_token=settings.hub_token,
            server_keys=settings.server_keys,
            on_preparation=bar,
        )

    return await _trial(subject, build, settings.precision)


async def _trial(
    subject: str, build: Callable[[PreparationBar], Engine], asked: str | None
) -> Finding:
    """Start an engine and let it write, or read, a few words.

    Args:
        subject: What the line is about.
        build: Builds the engine.
        asked: Precision that is asked for; None where the engine knows it.
    """
    started_s = time.monotonic()
    try:
        with log_held(), PreparationBar() as bar:
            engine = build(bar)
            try:
                await engine.start()
                await _try(engine)
                seconds = time.monotonic() - started_s
                facts = _facts(engine.models()[0], asked or engine.stats().precision, seconds)
            finally:
                await engine.close()
    except EngineError as error:
        return Finding(subject=subject, is_well=False, detail=startup_text(error))
    return Finding(subject=subject, is_well=True, detail=facts)


async def _try(engine: Engine) -> None:
    """Let the engine's only model do what is quickest to ask of its kind."""
    if engine.models()[0].kind in WRITERS:
        await engine.generate(GenerationRequest(prompt=texts.TRIAL_PROMPT, params=_TRIAL))
    else:
        await engine.explain(AttentionRequest(text=texts.TRIAL_PROMPT, part="encoder"))


def _facts(info: ModelInfo, precision: str, seconds: float) -> str:
    return texts.MODEL_FACTS.format(
        display_name=info.display_name,
        family=info.family or texts.UNKNOWN,
        parameters=texts.UNKNOWN if info.parameters is None else integer(info.parameters),
        context=texts.UNKNOWN if info.n_positions is None else integer(info.n_positions),
        arithmetic=arithmetic_text(info, precision),
        seconds=duration(seconds),
    )
