"""Uses the demo as a person does, in a headless browser, and measures what a phone shows.

The demo's page is the Preview of simcord, whose markup the selectors follow. It is no Discord: on a
phone it leaves a message some 60 px less than Discord's own client does. Nothing here waits for
some time; all waits are for something, and end with the browser's own time limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.process import MODEL, ROOT, DemoProcess, find_browser

PHONE, DESKTOP = 390, 1200
"""Widths of the page, in CSS pixels."""
_HEIGHT, _TALL = 844, 2400
"""Heights of the page: a phone's, and one where any message is whole in a picture."""
_OPENINGS, _OPEN_MS = 10, 5_000
"""How often a menu is opened at most, and how long its options are waited for, in milliseconds."""
_MESSAGES = "#channel-message-list article.channel-message"

_SETTLED = """sequence => {
  const page = window.simcordPreview;
  if (!page || !page.ready || page.pendingQuery || page.awaitingRevision !== null) return false;
  if ((page.lastAction?.sequence ?? 0) <= sequence) return false;
  return [...document.images].every(image => image.complete);
}"""
"""The page has carried out an action after the given one, and shows what came of it."""
_FITTED = """([width, height]) => {
  const page = window.simcordPreview;
  const known = page.presentation.host, is = page.geometry.host;
  return innerWidth === width && innerHeight === height && page.ready
    && page.awaitingRevision === null && known.width === is.width && known.height === is.height;
}"""
_LATEST = """([selector]) => [...document.querySelectorAll(selector)].slice(-3).map(message => {
  const copy = message.cloneNode(true);
  copy.querySelectorAll('.preview-select').forEach(menu => menu.remove());
  return copy.textContent + [...copy.querySelectorAll('img')].map(image => image.alt).join();
}).join()"""
"""What the newest messages say, without what a menu shows while its choice is carried out."""
_CHANGES = f"""([selector, seen]) => {{
  const form = document.querySelector('#modal-root');
  return (form && !form.hidden) || ({_LATEST})([selector]) !== seen;
}}"""
_RESTS = f"""([selector, seen]) => ({_CHANGES})([selector, seen])
  && !/▌|Detener|Thinking…/.test(({_LATEST})([selector]))"""
"""A form is open, or the newest messages have changed; and nothing is being written any more."""
_COLUMNS = 30
"""Monospaced characters that a phone shows in a line: more than the narrower page here does."""
_SIDEWAYS = """([message, columns]) => [...message.querySelectorAll('*')].filter(part =>
    part.clientWidth > 40 && part.scrollWidth > part.clientWidth + 1
    && getComputedStyle(part).overflowX !== 'visible'
    && !(part.closest('pre')?.innerText.split('\\n').every(line => [...line].length <= columns))
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
        scale: Pixels of a picture for each CSS pixel.
        limit_s: Longest wait for anything, in seconds.

    Attributes:
        watch: Called with what is about to be pressed, and with None when there is something new
            to see, also while a text is being written.
        actions: What the person has done so far: a command sent, each of its options named, a
            button pressed, a menu opened, one of its options chosen, a field filled, a form sent.
    """

    def __init__(
        self,
        folder: Path = ROOT,
        *,
        model: str = MODEL,
        width: int = PHONE,
        scale: float = 1,
        limit_s: float = 120,
    ) -> None:
        self._folder, self._model, self._limit_s = folder, model, limit_s
        self._looks = {
            "viewport": {"width": width, "height": _HEIGHT},
            "device_scale_factor": scale,
        }
        self.watch: Callable[[Any | None], None] | None = None
        self.actions = 0

    def __enter__(self) -> Demo:
        browser = find_browser()
        from playwright.sync_api import sync_playwright

        self.process = DemoProcess(self._folder, self._model)
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=browser)
            self.page = self._browser.new_page(**self._looks)
            self.page.set_default_timeout(self._limit_s * 1000)
            self.page.goto(self.process.address(self._limit_s))
            self.page.wait_for_function(_SETTLED, arg=-1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._playwright.stop()
        self.process.stop()

    # What there is.

    def message(self, message_id: str | None = None) -> Any:
        """Find a message, the newest unless another is named."""
        if message_id is None:
            return self.page.locator(_MESSAGES).last
        return self.page.locator(f'{_MESSAGES}[data-message-id="{message_id}"]')

    def last_id(self) -> str:
        """Return the id of the newest message."""
        return str(self.message().get_attribute("data-message-id"))

    def named(self, text: str) -> str:
        """Return the id of the newest message that says something."""
        found = self.page.locator(_MESSAGES, has_text=text).last
        return str(found.get_attribute("data-message-id"))

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
        found = self._form().locator(".modal-field > :first-child").all_inner_texts()
        return [str(label).strip() for label in found]

    # What a person does.

    def slash(self, command: str, **options: object) -> None:
        """Type a command, fill its options in and send it."""
        page = self.page
        self._leave_what_is_open()
        page.locator("#channel-composer-input").fill(f"/{command}")
        entry = page.locator(".command-entry-title strong", has_text=exactly(f"/{command}"))
        self._press(entry)
        for option, value in options.items():
            self._fill_option(option, str(value))
            self._see()
        if not page.evaluate("() => window.simcordPreview.commandPicker.draft.submittable"):
            raise ValueError(f"/{command} cannot be sent so: {self.complaints()}")
        self.actions += 1 + len(options)
        self._act(lambda: self._press(page.locator("#send-message")))

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
        self._act(lambda: self._press(button.first))

    def pick(self, menu: str, option: str, message_id: str | None = None) -> None:
        """Open a menu of a message and choose one of its options, by the beginning of its label."""
        trigger = self.message(message_id).locator("button.select-trigger", has_text=menu).first
        self.actions += 2
        self._act(lambda: self._choose(trigger, option))

    def _choose(self, trigger: Any, option: str) -> None:
        from playwright.sync_api import TimeoutError as TooLate

        label = self.page.locator(".option-label", has_text=beginning(option))
        offered = self.page.locator("[role=option]:visible").filter(has=label).first
        self._press(trigger)
        for _ in range(_OPENINGS - 1):
            try:
                offered.wait_for(timeout=_OPEN_MS)
                break
            except TooLate:
                # A message that is drawn again, as a menu that shows its placeholder, closes it.
                self._press(trigger)
        self._press(offered)

    def fill(self, fields: Mapping[str, str]) -> None:
        """Fill fields of the open form, by the beginning of their label, and send it."""
        for label, value in fields.items():
            field = self._form().locator(".modal-field", has_text=beginning(label)).first
            if (menu := field.locator("button.select-trigger")).count():
                self._choose(menu, value)
            else:
                field.locator(".modal-input").fill(value)
            self._see()
        self.actions += len(fields) + 1
        submit = self._form().locator("button[type=submit]")
        self._act(lambda: self._press(submit))

    def wait_for(self, text: str, message_id: str | None = None) -> None:
        """Wait until a message says something."""
        self.message(message_id).get_by_text(text).first.wait_for()

    def _press(self, target: Any) -> None:
        if self.watch:
            target.scroll_into_view_if_needed()
            self.watch(target)
        target.click()

    def _see(self) -> None:
        if self.watch:
            self.watch(None)

    def _act(self, action: Callable[[], None]) -> None:
        """Do something, and wait until what came of it is whole."""
        page = self.page
        before = page.evaluate(_LATEST, [_MESSAGES])
        sequence = page.evaluate("() => window.simcordPreview.lastAction?.sequence ?? 0")
        action()
        page.wait_for_function(_SETTLED, arg=sequence)
        seen = before
        while self.watch and not page.evaluate(_RESTS, [_MESSAGES, before]):
            page.wait_for_function(_CHANGES, arg=[_MESSAGES, seen])
            seen = page.evaluate(_LATEST, [_MESSAGES])
            self.watch(None)
        page.wait_for_function(_RESTS, arg=[_MESSAGES, before])
        page.wait_for_function(_SETTLED, arg=sequence)
        self._see()

    # What a screen shows.

    def look(self, width: int, message_id: str | None = None) -> Look:
        """Measure a message, or the open form, at a width of the page, which stays so and tall."""
        self.resize(width, _TALL)
        shown = self._shown(message_id)
        height = shown.bounding_box()["height"]
        cut = self.page.evaluate(_SIDEWAYS, [shown.element_handle(), _COLUMNS])
        if self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            cut = ["(the page)", *cut]
        return Look(round(height), tuple(cut))

    def picture(self, path: Path, message_id: str | None = None) -> None:
        """Write a message, or the open form, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._shown(message_id).screenshot(path=path)

    def resize(self, width: int = PHONE, height: int = _HEIGHT) -> None:
        """Give the page another size, and wait until it has taken it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_function(_FITTED, arg=[width, height])

    def complaints(self) -> list[str]:
        """Return what the page itself complains about."""
        places = ".local-error, .interaction-error, .composer-error, [role=alert]"
        found = self.page.locator(places).all_inner_texts()
        return [str(text).strip() for text in found if text.strip()]

    def _shown(self, message_id: str | None) -> Any:
        is_form = message_id is None and self._form().is_visible()
        return self._form() if is_form else self.message(message_id)

    def _form(self) -> Any:
        return self.page.locator("#modal-root .modal-dialog")
