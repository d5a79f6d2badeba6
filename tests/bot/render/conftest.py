"""How long the pictures take, printed and never judged: the machine may be busy."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def drawn(record_property) -> Callable[[Callable[[], bytes]], bytes]:
    """Draw a picture, once for the caches and once by the clock; the summary shows the time."""

    def draw(make: Callable[[], bytes]) -> bytes:
        make()
        start = time.thread_time()
        png = make()
        record_property("drawn_ms", round(1000 * (time.thread_time() - start)))
        return png

    return draw
