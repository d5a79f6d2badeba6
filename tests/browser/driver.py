"""Uses the demo as a person does, in a headless browser, and measures what a phone shows.

The demo's page is the Preview of simcord, whose markup the selectors follow. It is no Discord: on a
phone it leaves a message some 60 px less than Discord's own client does. Nothing here waits for
some time; all waits are for something, and end with the browser's own time limit.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MODEL = "unicornio-9m"
PHONE, DESKTOP = 390, 1200
"""Widths of the page, in CSS pixels."""
_HEIGHT = 844
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\S+")
_MESSAGES = "#channel-message-list article.channel-message"
_OPTION = "[role=option]:visible"

_SETTLED = """sequence => {
  const page = window.simcordPreview;
  if (!page || !page.ready || page.pendingQuery || page.awaitingRevision !== null) return false;
  if ((page.lastAction?.sequence ?? 0) <= sequence) return false;
  return [...document.images].every(image => image.complete);
}"""
"""The page has carried out an action after the given one, and shows what came of it."""
_FITTED = """width => {
  const page = window.simcordPreview;
  const {presentation, geometry} = page;
  return innerWidth === width && page.ready && page.awaitingRevision === null
    && presentation.host.width === geometry.host.width;
}"""
_LATEST = """([selector]) => [...document.querySelectorAll(selector)].slice(-3).map(message => {
  const copy = message.cloneNode(true);
  copy.querySelectorAll('.preview-select').forEach(menu => menu.remove());
  return copy.textContent + [...copy.querySelectorAll('img')].map(image => image.alt).join();
}).join()"""
"""What the newest messages say, without what a menu shows while its choice is carried out."""
_RESTS = f"""([selector, seen]) => {{
  const form = document.querySelector('#modal-root');
  if (form && !form.hidden) return true;
  const latest = ({_LATEST})([selector]);
  return latest !== seen && !/▌|Detener|Thinking…/.test(latest);
}}"""
"""A form is open, or the newest messages have changed and nothing is being written any more."""
_SIDEWAYS = """message => [...message.querySelectorAll('*')].filter(part =>
    part.clientWidth > 40 && part.scrollWidth > part.clientWidth + 1
    && getComputedStyle(part).overflowX !== 'visible'
  ).map(part => part.innerText.trim().slice(0, 60))"""


@dataclass(frozen=True)
class Look:
    """How a message looks at one width.

    Attributes:
        height: CSS pixels from its author's name to its last button.
        sideways: What is cut or scrolls sideways, by its first words.
    """

    height: int
    sideways: tuple[str, ...]


class NoBrowserError(Exception):
    """There is no playwright, or no Chromium."""


def find_browser() -> str:
    """Return the Chromium of this machine.

    Raises:
        NoBrowserError: There is none, or nothing to drive it with.
    """
    try:
        import playwright  # noqa: F401
    except ImportError as error:
        raise NoBrowserError("playwright is not installed (it comes with the dev extra)") from error
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise NoBrowserError(f"no browser on PATH: {', '.join(BROWSERS)}")


def exactly(text: str) -> re.Pattern[str]:
    """Match an element that says this and nothing else."""
    return re.compile(rf"^\s*{re.escape(text)}\s*$")


def beginning(text: str) -> re.Pattern[str]:
    """Match an element that begins so."""
    return re.compile(rf"^\s*{re.escape(text)}")


class Demo:
    """`python -m bot demo`, and a person in front of it.

    Args:
        folder: The project.
        model: That the demo loads.
        width: Of the page, in CSS pixels, while things are done.
        limit_s: Longest wait for anything, in seconds.

    Attributes:
        actions: What the person has done so far: a command sent, each of its options named, a
            button pressed, a menu opened, one of its options chosen, a field filled, a form sent.
    """

    def __init__(
        self, folder: Path = ROOT, *, model: str = MODEL, width: int = PHONE, limit_s: float = 120
    ) -> None:
        self._folder, self._model, self._width, self._limit_s = folder, model, width, limit_s
        self._said: list[str] = []
        self.actions = 0

    def __enter__(self) -> Demo:
        browser = find_browser()
        from playwright.sync_api import sync_playwright

        self._data = tempfile.TemporaryDirectory(prefix="unicornio-demo-")
        self._process = self._start()
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=browser)
            self.page = self._browser.new_page(viewport={"width": self._width, "height": _HEIGHT})
            self.page.set_default_timeout(self._limit_s * 1000)
            self.page.goto(self._address())
            self.page.wait_for_function(_SETTLED, arg=-1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._playwright.stop()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._data.cleanup()

    def _start(self) -> subprocess.Popen[str]:
        """Start the demo with nothing of this machine's settings."""
        known = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in known if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--model", self._model],
            cwd=self._folder,
            env=environment | {"DATA_DIR": self._data.name, "PYTHONPATH": str(self._folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def _address(self) -> str:
        """Wait for the address that the demo writes; go on reading what it says."""
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

        def read() -> None:
            assert self._process.stdout is not None
            for line in self._process.stdout:
                self._said.append(line)
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        end = time.monotonic() + self._limit_s
        while True:
            try:
                line = lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError(f"the demo did not start:\n{self.said()[-2000:]}")
            if found := _ADDRESS.search(line):
                return found.group()

    def said(self) -> str:
        """Return what the demo has written in the terminal."""
        return "".join(self._said)

    # What there is.

    def message(self, message_id: str | None = None) -> Any:
        """Find a message, the newest unless another is named."""
        if message_id is None:
            return self.page.locator(_MESSAGES).last
        return self.page.locator(f'{_MESSAGES}[data-message-id="{message_id}"]')

    def last_id(self) -> str:
        """Return the id of the newest message."""
        return str(self.message().get_attribute("data-message-id"))

    def text(self, message_id: str | None = None) -> str:
        """Return what can be read in a message."""
        return str(self.message(message_id).inner_text())

    def buttons(self, message_id: str | None = None) -> list[str]:
        """Return the labels of a message's buttons."""
        found = self.message(message_id).locator("button.component-button").all_inner_texts()
        return [str(label).strip() for label in found]

    def menus(self, message_id: str | None = None) -> list[str]:
        """Return what a message's menus say while they are closed."""
        found = self.message(message_id).locator("button.select-trigger").all_inner_texts()
        return [str(label).strip() for label in found]

    def options(self, menu: str, message_id: str | None = None) -> list[str]:
        """Return the labels of a menu's options."""
        found = self.message(message_id).locator(".preview-select", has_text=menu).first
        return [str(label) for label in found.locator(".option-label").all_text_contents()]

    def fields(self) -> list[str]:
        """Return the labels of the fields of the open form; none where no form is open."""
        return [str(label) for label in self.page.locator("#modal-root label").all_inner_texts()]

    # What a person does.

    def slash(self, command: str, **options: object) -> None:
        """Type a command, fill its options in and send it."""
        page = self.page
        self._leave_what_is_open()
        page.locator("#channel-composer-input").fill(f"/{command}")
        page.locator(".command-entry-title strong", has_text=exactly(f"/{command}")).click()
        for option, value in options.items():
            self._fill_option(option, str(value))
        if not page.evaluate("() => window.simcordPreview.commandPicker.draft.submittable"):
            raise ValueError(f"/{command} cannot be sent so: {self.complaints()}")
        self.actions += 1 + len(options)
        self._act(page.locator("#send-message").click)

    def _leave_what_is_open(self) -> None:
        """Close a form, and take back a command that was not sent."""
        if self._form().is_visible():
            self.page.keyboard.press("Escape")
            self._form().wait_for(state="hidden")
        if (close := self.page.locator(".command-context-close")).is_visible():
            close.click()

    def _fill_option(self, option: str, value: str) -> None:
        field = self.page.locator(f'.command-option-input[data-option="{option}"]')
        if not field.count():
            self.page.locator(".command-ghost").click()
            self.page.locator(f'.command-suggestion[data-value="{option}"]').click()
        field.fill(value)
        if field.get_attribute("role") == "combobox":
            offered = self.page.locator(".command-suggestion-label", has_text=exactly(value))
            offered.click()

    def click(self, label: str, message_id: str | None = None) -> None:
        """Press a button of a message, by its label or the beginning of it."""
        buttons = self.message(message_id).locator("button.component-button")
        button = buttons.filter(has_text=beginning(label))
        self.actions += 1
        self._act(button.first.click)

    def pick(self, menu: str, option: str, message_id: str | None = None) -> None:
        """Open a menu of a message and choose one of its options, by the beginning of its label."""
        trigger = self.message(message_id).locator("button.select-trigger", has_text=menu)
        trigger.first.click()
        label = self.page.locator(".option-label", has_text=beginning(option))
        choice = self.page.locator(_OPTION).filter(has=label)
        self.actions += 2
        self._act(choice.first.click)

    def fill(self, fields: Mapping[str, str]) -> None:
        """Fill fields of the open form, by label, and send it."""
        for label, value in fields.items():
            self.page.locator("#modal-root").get_by_label(label).first.fill(value)
        self.actions += len(fields) + 1
        self._act(self.page.locator("#modal-root button[type=submit]").click)

    def wait_for(self, text: str, message_id: str | None = None) -> None:
        """Wait until a message says something."""
        self.message(message_id).get_by_text(text).first.wait_for()

    def _act(self, action: Callable[[], None]) -> None:
        """Do something, and wait until what came of it is whole."""
        page = self.page
        seen = page.evaluate(_LATEST, [_MESSAGES])
        sequence = page.evaluate("() => window.simcordPreview.lastAction?.sequence ?? 0")
        action()
        page.wait_for_function(_SETTLED, arg=sequence)
        page.wait_for_function(_RESTS, arg=[_MESSAGES, seen])
        page.wait_for_function(_SETTLED, arg=sequence)

    # What a screen shows.

    def look(self, width: int, message_id: str | None = None) -> Look:
        """Measure a message, or the open form, at a width of the page; the width stays."""
        self.resize(width)
        shown = self._shown(message_id)
        height = shown.bounding_box()["height"]
        cut = shown.evaluate(_SIDEWAYS)
        if self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            cut = ["(the page)", *cut]
        return Look(round(height), tuple(cut))

    def picture(self, path: Path, message_id: str | None = None) -> None:
        """Write a message, or the open form, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._shown(message_id).screenshot(path=path)

    def resize(self, width: int, height: int = _HEIGHT) -> None:
        """Give the page another width, and wait until it has taken it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_function(_FITTED, arg=width)

    def complaints(self) -> list[str]:
        """Return what the page itself complains about."""
        places = ".local-error, .interaction-error, .composer-error, [role=alert]"
        found: Iterable[str] = self.page.locator(places).all_inner_texts()
        return [text.strip() for text in found if text.strip()]

    def _shown(self, message_id: str | None) -> Any:
        is_form = message_id is None and self._form().is_visible()
        return self._form() if is_form else self.message(message_id)

    def _form(self) -> Any:
        return self.page.locator("#modal-root .modal-dialog")
