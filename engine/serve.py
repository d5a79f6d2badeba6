"""Serves the engine to bots elsewhere: on a cluster of Ray, or alone in this process.

    python -m engine.serve up --models gemma-3-270m --replicas 2
    python -m engine.serve status
    python -m engine.serve down
    python -m engine.serve one --models gemma-3-270m

Ray is imported for the first three only. A file for `serve deploy` names `engine.serve:build`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from engine.command_line import SpanishParser
from engine.runtime.threads import configure_threads
from engine.serving.app import EngineApp
from engine.serving.hosting import hosted
from engine.serving.options import NODE_ENVIRONMENT, ServeOptions

HOST: Final = "127.0.0.1"
PORT: Final = 8000
_NO_RAY = "Falta el extra «ray» (pip install 'unicornio[ray]'); sin él solo hay «one»."
_UP = "En marcha: ENGINE_URL=http://{host}:{port}"
_ONE = "Motor en http://{host}:{port}. Se para con Ctrl + C."
_DOWN = "Parado."
_NO_START = "El motor no arranca: {why}."
_NO_ADDRESS = "No se puede escuchar en {host}:{port}: {why}."
_WRONG = "--{option}: no vale {value}"
_NO_CLUSTER = "No hay ningún clúster de Ray en marcha en esta máquina."
_HELP_HOST = f"dirección en la que escucha ({HOST}: solo esta máquina)"
_HELP_PORT = f"puerto ({PORT})"
_HELP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "models": "modelos, separados por comas, como en MODELS; vacío: el mejor instalado",
        "device": "auto, cpu, cuda o cuda:0",
        "precision": "exact, fast o turbo",
        "workers": "lotes que calcula a la vez cada réplica",
        "rows": "filas que una réplica escribe juntas, y peticiones que coge a la vez",
        "max_queue": "peticiones que pueden esperar",
        "replicas": "réplicas como mínimo; «one» es una sola",
        "max_replicas": "réplicas como máximo; entre las dos, las que hagan falta",
        "cpus": "núcleos de cada réplica",
        "gpus": "parte de una GPU para cada réplica",
        "drain_s": "segundos que puede seguir escribiendo una réplica que se va",
        "data_dir": "carpeta de los modelos preparados; vacío: la de caché del usuario",
    }
)
"""What each of `ServeOptions` is."""


def build(options: dict[str, Any]) -> Any:
    """Return the Serve application of some options, for a file of `serve deploy`."""
    from engine.serving import cluster

    return cluster.build(ServeOptions.model_validate(options))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    asked = _parse(arguments)
    if asked.command != "one":
        try:
            import ray  # noqa: F401
        except ImportError:
            return _say(_NO_RAY, 1)
    return _COMMANDS[asked.command](asked)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = SpanishParser(
        prog="python -m engine.serve", description="Sirve el motor a bots de otras máquinas."
    )
    commands = parser.add_subparsers(
        dest="command", required=True, title="órdenes", metavar="ORDEN", parser_class=SpanishParser
    )
    for name, text in (
        ("up", "Pone en marcha las réplicas, o las cambia por otras sin cortar a nadie."),
        ("one", "Un solo motor, en este proceso y sin Ray."),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--host", metavar="DIRECCIÓN", default=HOST, help=_HELP_HOST)
        command.add_argument("--port", metavar="PUERTO", default=PORT, type=int, help=_HELP_PORT)
        for field, what in _HELP.items():
            flag = f"--{field.replace('_', '-')}"
            command.add_argument(flag, metavar="VALOR", help=what + _default(field))
    commands.add_parser("status", help="Cuántas réplicas hay y cómo están.")
    commands.add_parser("down", help="Las para, cuando acaben lo que escriben.")
    asked = parser.parse_args(arguments)
    if asked.command in ("up", "one"):
        try:
            asked.options = _options(asked)
        except ValidationError as error:
            first = error.errors()[0]
            option = str(first["loc"][0]).replace("_", "-")
            value = getattr(asked, str(first["loc"][0]))
            parser.exit(2, _WRONG.format(option=option, value=value) + "\n")
    return asked


def _default(field: str) -> str:
    default = ServeOptions.model_fields[field].default
    return f" ({default})" if default else ""


def _options(asked: argparse.Namespace) -> ServeOptions:
    given = {name: getattr(asked, name) for name in ServeOptions.model_fields}
    if given["models"] is not None:
        given["models"] = [name.strip() for name in given["models"].split(",") if name.strip()]
    return ServeOptions.model_validate({k: v for k, v in given.items() if v is not None})


def _one(asked: argparse.Namespace) -> int:
    configure_threads(asked.options.workers)
    logging.basicConfig(level=logging.INFO)
    return asyncio.run(_serve_one(asked))


async def _serve_one(asked: argparse.Namespace) -> int:
    options: ServeOptions = asked.options
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = EngineApp(options.engine())
    try:
        async with hosted(app, asked.host, asked.port, drain_s=options.drain_s) as port:
            _say(_ONE.format(host=asked.host, port=port))
            await stop.wait()
    except RuntimeError as error:
        return _say(_NO_START.format(why=error), 1)
    except OSError as error:
        return _say(_NO_ADDRESS.format(host=asked.host, port=asked.port, why=error.strerror), 1)
    return 0


def _up(asked: argparse.Namespace) -> int:
    import ray
    from ray import serve

    from engine.serving import cluster

    if not _is_cluster_here():
        # HAProxy comes with Ray for Linux only; elsewhere Ray's own proxy does its work.
        preset = NODE_ENVIRONMENT if sys.platform == "linux" else {}
        environ = {**preset, **os.environ}
        command = [_ray(), "start", "--head", "--disable-usage-stats"]
        subprocess.run(command, check=True, env=environ)
    ray.init(address="auto", log_to_driver=False, configure_logging=False)
    serve.start(
        proxy_location="EveryNode",
        http_options={"host": asked.host, "port": asked.port, "keep_alive_timeout_s": 90},
    )
    serve.run(cluster.build(asked.options), name=cluster.NAME, route_prefix="/")
    return _say(_UP.format(host=asked.host, port=asked.port))


def _status(_asked: argparse.Namespace) -> int:
    import ray
    from ray import serve

    if not _is_cluster_here():
        return _say(_NO_CLUSTER, 1)
    ray.init(address="auto", log_to_driver=False, configure_logging=False)
    is_well = True
    status = serve.status()
    for node, state in status.proxies.items():
        _say(f"entrada {node[:8]}: {state.value}")
    for name, application in status.applications.items():
        is_well &= application.status.value == "RUNNING"
        _say(f"{name}: {application.status.value} {application.message}".rstrip())
        for deployment in application.deployments.values():
            states = ", ".join(f"{n} {state}" for state, n in deployment.replica_states.items())
            _say(f"  {states} {deployment.message}".rstrip())
    return 0 if is_well and status.applications else 1


def _down(_asked: argparse.Namespace) -> int:
    import ray
    from ray import serve

    if not _is_cluster_here():
        return _say(_NO_CLUSTER, 1)
    ray.init(address="auto", log_to_driver=False, configure_logging=False)
    serve.shutdown()
    return _say(_DOWN)


def _is_cluster_here() -> bool:
    done = subprocess.run([_ray(), "status"], capture_output=True, check=False)
    return done.returncode == 0


def _ray() -> str:
    return str(Path(sys.executable).parent / "ray")


def _say(text: str, status: int = 0) -> int:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    return status


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = MappingProxyType(
    {"up": _up, "one": _one, "status": _status, "down": _down}
)

if __name__ == "__main__":
    sys.exit(main())
