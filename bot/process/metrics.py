"""Prometheus metrics, read from the engine when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import TypeVar
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.machine import METRICS_HOST
from engine import Engine

_Family = TypeVar("_Family", GaugeMetricFamily, CounterMetricFamily)


class EngineCollector(Collector):
    """Turns `Engine.stats()` into metrics.

    Args:
        engine: Of this process.
        shards: Names the process among several of one bot; "" where there is one.
    """

    def __init__(self, engine: Engine, shards: str = "") -> None:
        self._engine = engine
        self._names = ["shards"] if shards else []
        self._values = [shards] if shards else []

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of this moment."""
        stats = self._engine.stats()
        gauges = {
            "unicornio_queued": ("Requests that wait", stats.queued),
            "unicornio_running": ("Requests that run", stats.running),
            "unicornio_tokens_per_second": ("New tokens per second", stats.tokens_per_s or 0.0),
            "unicornio_loaded_models": ("Models in memory", len(stats.loaded_models)),
        }
        counters = {
            "unicornio_requests_completed": ("Requests that ended with text", stats.completed),
            "unicornio_requests_failed": ("Requests that ended with an error", stats.failed),
            "unicornio_prefix_cache_hits": (
                "Contexts known in part",
                stats.cache_hits,
            ),
            "unicornio_prefix_cache_lookups": ("Contexts looked up", stats.cache_lookups),
            "unicornio_prefix_cache_tokens": (
                "Tokens not read again",
                stats.cache_tokens,
            ),
        }
        for name, (help_text, value) in gauges.items():
            yield self._measured(GaugeMetricFamily(name, help_text, labels=self._names), value)
        for name, (help_text, value) in counters.items():
            yield self._measured(CounterMetricFamily(name, help_text, labels=self._names), value)

    def _measured(self, family: _Family, value: float) -> _Family:
        family.add_metric(self._values, value)
        return family


class MetricsServer:
    """An HTTP server for a Prometheus on this machine.

    Args:
        engine: As of `EngineCollector`, and so is `shards`.
        port: Where it listens.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, engine: Engine, port: int, shards: str = "") -> None:
        registry = CollectorRegistry()
        registry.register(EngineCollector(engine, shards))
        self._server: WSGIServer
        self._thread: Thread
        self._server, self._thread = start_http_server(port, addr=METRICS_HOST, registry=registry)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
