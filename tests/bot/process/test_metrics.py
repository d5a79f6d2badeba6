import socket
import urllib.request

from bot.process.metrics import MetricsServer
from tests.bot.scripted import ScriptedEngine


def metrics_of(shards=""):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = MetricsServer(ScriptedEngine(), port, shards)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            return answer.read().decode()
    finally:
        server.close()


def test_the_engine_is_read_when_asked():
    text = metrics_of()
    assert "unicornio_tokens_per_second 23.5" in text
    assert "unicornio_requests_completed_total 0.0" in text


def test_a_process_among_several_is_named():
    text = metrics_of("0,1")
    assert 'unicornio_tokens_per_second{shards="0,1"} 23.5' in text
    assert 'unicornio_requests_completed_total{shards="0,1"} 0.0' in text
