"""What the configuration asks of this machine, tried before any model is loaded."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from importlib.util import find_spec

from bot.texts import config
from engine import EngineError
from engine.models.loader import resolve_device

METRICS_HOST = "127.0.0.1"
_PORT_REASONS: Mapping[int | None, str] = {
    errno.EADDRINUSE: config.PORT_TAKEN,
    errno.EACCES: config.PORT_FORBIDDEN,
}


def require_port(port: int) -> None:
    """Accept a port that metrics could be served on now.

    Raises:
        ValueError: Why not, in Spanish.
    """
    try:
        # As the server itself will open it: a port that a process has just left is free.
        socket.create_server((METRICS_HOST, port)).close()
    except OSError as error:
        raise ValueError(port_problem(port, error)) from None


def require_device(device: str) -> None:
    """Accept a device that torch finds here; only CUDA's have to be looked for.

    Raises:
        ValueError: Why not, in Spanish.
    """
    if not device.startswith("cuda"):
        return
    try:
        resolve_device(device)
    except EngineError:
        raise ValueError(config.NO_CUDA) from None


def require_driver(url: str) -> None:
    """Accept a database whose driver is installed; only PostgreSQL's is an extra.

    Raises:
        ValueError: How to install it, in Spanish.
    """
    if url.startswith("postgres") and find_spec("asyncpg") is None:
        raise ValueError(config.NO_DRIVER)


def port_problem(port: int, error: OSError) -> str:
    """Say why a port cannot be listened on."""
    reason = _PORT_REASONS.get(error.errno, config.PORT_OTHER.format(number=error.errno))
    return config.PORT_PROBLEM.format(port=port, reason=reason)
