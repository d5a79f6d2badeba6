"""One compute thread a test process, set before anything imports torch.

Several test processes share the cores, and threads that spin while they wait would starve them.
"""

import gc
import os
from pathlib import Path

from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests import recording, standing
from tests.quick import is_quick

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A busy machine fails nothing.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


ROOT = Path(__file__).parents[1]
WIRE = "tests/wire"
_LONGEST = (
    WIRE,
    "tests/engine/models/test_gemma.py",
    "tests/test_image.py",
    "tests/engine/bench",
    "tests/engine/embedded",
    "tests/engine/runtime",
    "tests/bot/features/explorer/redraw/test_limits.py",
    "tests/bot/features/explorer/step/test_limits.py",
)
"""What takes long: no process should begin it while another has nothing left."""

_PRIORITY = 5
"""How nice a process is to another from its first test that is not on the wire."""


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="only what needs no model, no screen")
    recording.add_options(parser)
    standing.add_options(parser)


def pytest_configure(config):
    standing.watch(config)
    if not config.getoption("--record-all"):
        config.pluginmanager.register(recording, "recording")


def pytest_ignore_collect(collection_path, config):
    """Leave files out before they import anything; None lets others decide."""
    if not config.getoption("--quick") or collection_path.suffix != ".py":
        return None
    is_test = collection_path.name.startswith("test_")
    return True if is_test and not is_quick(collection_path) else None


class Files(LoadFileScheduling):
    """A file is done by one process, and so are all files of tests on the wire.

    Two bots at once would only measure each other.
    """

    def _split_scope(self, nodeid):
        return WIRE if nodeid.startswith(f"{WIRE}/") else super()._split_scope(nodeid)


def pytest_runtest_setup(item):
    """Let the tests on the wire go first: they count the seconds of a bot that others slow down."""
    is_shared = "PYTEST_XDIST_WORKER" in os.environ
    if is_shared and not item.path.is_relative_to(ROOT / WIRE):
        os.nice(max(0, _PRIORITY - os.nice(0)))


def pytest_xdist_make_scheduler(config, log):
    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items):
    """Put what takes long first, and note which tests only repeat others."""

    def place(item):
        path = item.path.relative_to(ROOT)
        places = [n for n, long in enumerate(_LONGEST) if path.is_relative_to(long)]
        return places[0] if places else len(_LONGEST)

    items.sort(key=place)
    recording.note_repeats(items)


def pytest_collection_finish():
    """Leave what the imports have made out of every collection of garbage to come."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """Print how long the largest pictures took, so that a log shows when one became slow."""
    passed = terminalreporter.stats.get("passed", [])
    times = [
        (milliseconds, report.nodeid.rpartition("/")[2])
        for report in passed
        for name, milliseconds in report.user_properties
        if name == "drawn_ms"
    ]
    if times:
        terminalreporter.section("milliseconds to draw a picture, on one core")
        for milliseconds, test in sorted(times, reverse=True):
            terminalreporter.write_line(f"{milliseconds:5d}  {test}")
