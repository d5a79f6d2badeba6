"""A demo and a browser for each file of this folder; its tests run beside nothing else.

A channel that grows makes every click slower, so that a new demo is worth its start.

Without playwright or a browser they are skipped. `SCREENS_DIR` names a folder for the pictures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.driver import DESKTOP, PHONE, Demo
from tests.browser.process import NoBrowserError, find_browser
from tests.browser.screens import PAGE

HERE = Path(__file__).parent
Judge = Callable[..., list[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    own = [item for item in items if item.path.is_relative_to(HERE)]
    try:
        find_browser()
    except NoBrowserError as missing:
        for item in own:
            item.add_marker(pytest.mark.skip(reason=str(missing)))
    for item in own:
        item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo() as opened:
        yield opened


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stated = os.environ.get("SCREENS_DIR")
    return Path(stated).absolute() if stated else tmp_path_factory.mktemp("pantallas")


@pytest.fixture
def judge(demo: Demo, folder: Path, record_property) -> Judge:
    """Look at a screen at both widths, the newest unless it is named; say what is wrong with it."""

    def look(
        name: str, limit: int, on_a_desktop: int = PAGE, message_id: str | None = None
    ) -> list[str]:
        wrong = []
        for width, highest in ((PHONE, limit), (DESKTOP, on_a_desktop)):
            seen = demo.look(width, message_id)
            demo.picture(folder / f"{file_name(name)}-{width}.png", message_id)
            record_property("screen", (f"{name} at {width}", seen.height))
            if seen.height > highest:
                wrong.append(f"{name} at {width}: {seen.height} px high, of {highest}")
            wrong += [f"{name} at {width}: cut or sideways: {part!r}" for part in seen.sideways]
        demo.resize()
        return wrong

    return look


def file_name(screen: str) -> str:
    """Leave of a screen's name what every system allows in a file's."""
    return re.sub(r"\W+", "-", screen.lower()).strip("-")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how high each screen is."""
    stats = terminalreporter.stats
    reports = [*stats.get("passed", []), *stats.get("failed", [])]
    seen = [
        found for report in reports for name, found in report.user_properties if name == "screen"
    ]
    if seen:
        terminalreporter.section("CSS pixels that a screen is high")
        for screen, height in seen:
            terminalreporter.write_line(f"{height:5d}  {screen}")
