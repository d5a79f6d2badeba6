"""The engine as a deployment of Ray Serve: the one module that knows Ray (extra `ray`)."""

from __future__ import annotations

from typing import Any

from ray import serve

from engine.serving.app import EngineApp
from engine.serving.options import STATUS_ROOM, ServeOptions
from engine.serving.pulse import TRIAL_S

NAME = "unicornio"
_LOAD = 0.75
"""Share of its rows that a replica should have in use before there is another one."""


class Replica:
    """One engine and its application; Serve starts and ends it as ASGI wants it.

    Args:
        options: What it is made of.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._app = EngineApp(options.engine())

    def __serve_build_asgi_app__(self) -> EngineApp:
        return self._app

    async def check_health(self) -> None:
        """Decode; a replica that does not is replaced.

        Raises:
            RuntimeError: It does not.
        """
        if not await self._app.pulse.is_alive():
            raise RuntimeError("the engine does not decode any more")


def build(options: ServeOptions) -> Any:
    """Return the application that `serve.run` and `serve deploy` take."""
    many = (
        {"num_replicas": options.replicas}
        if options.max_replicas is None
        else {"autoscaling_config": _scaling(options, options.max_replicas)}
    )
    deployment = serve.deployment(
        name=NAME,
        # HAProxy gives a replica its calls at once: they wait in the engine, which knows its queue.
        max_ongoing_requests=options.rows + options.max_queue + STATUS_ROOM,
        logging_config={"enable_access_log": False},
        health_check_period_s=10.0,
        health_check_timeout_s=TRIAL_S + 10.0,
        graceful_shutdown_timeout_s=options.drain_s,
        graceful_shutdown_wait_loop_s=1.0,
        ray_actor_options={"num_cpus": options.cpus, "num_gpus": options.gpus},
        **many,
    )
    return deployment(serve.ingress()(Replica)).bind(options)


def _scaling(options: ServeOptions, most: int) -> dict[str, Any]:
    return {
        "min_replicas": options.replicas,
        "max_replicas": max(options.replicas, most),
        "target_ongoing_requests": max(1.0, options.rows * _LOAD),
        "upscale_delay_s": 10.0,
        "downscale_delay_s": 300.0,
    }
