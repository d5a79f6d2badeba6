import socket
import urllib.request

from bot.process.metrics import MetricsServer
from tests.bot.scripted import ScriptedEngine


def test_the_engine_is_read_when_asked():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = MetricsServer(ScriptedEngine(), port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
    finally:
        server.close()
    assert "unicornio_tokens_per_second 23.5" in text
    assert "unicornio_requests_completed_total 0.0" in text
