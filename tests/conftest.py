"""One compute thread a test process, set before anything imports torch.

Several test processes share the cores, and threads that spin while they wait would starve them.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


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
