"""A short animated picture of what happens on the demo's page."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.browser.driver import Demo

_PRESS_MS, _STEP_MS = 900, 180
_RADIUS = 18
_FINGER = (255, 255, 255, 110)
_QUALITY = 70
_LOADED = "() => [...document.images].every(image => image.complete)"
_TO_THE_LEFT = """stage => [stage, ...stage.querySelectorAll('*')].forEach(part => {
  if (part.scrollLeft) part.scrollLeft = 0;
})"""
"""A long command makes the page scroll sideways, which no Discord does."""


class Film:
    """Watches a demo from now on; each moment is one frame.

    Args:
        demo: What is filmed, without the toolbar of its page.
        scale: Pixels of a picture for each CSS pixel.
    """

    def __init__(self, demo: Demo, scale: float) -> None:
        self._demo, self._scale = demo, scale
        self._frames: list[Image.Image] = []
        self._times_ms: list[int] = []
        demo.watch = self._see

    def hold(self, milliseconds: int) -> None:
        """Let what is seen now stay for longer."""
        self._times_ms[-1] += milliseconds

    def show(self, message_id: str) -> None:
        """Scroll to where a message begins."""
        self._demo.message(message_id).evaluate("message => message.scrollIntoView()")
        self._see(None)

    def write(self, path: Path) -> None:
        """Stop watching, and write the film as WebP, which begins anew at its end."""
        self._demo.watch = None
        first, *others = self._frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._times_ms,
            loop=0,
            quality=_QUALITY,
            method=6,
        )

    def _see(self, pressed: Any | None) -> None:
        self._demo.page.wait_for_function(_LOADED)
        stage = self._demo.page.locator("#preview-stage")
        stage.evaluate(_TO_THE_LEFT)
        frame = Image.open(BytesIO(stage.screenshot())).convert("RGB")
        if pressed is not None:
            self._draw_finger(frame, stage.bounding_box(), pressed.bounding_box())
        if self._frames and self._frames[-1].tobytes() == frame.tobytes():
            self._times_ms[-1] += _STEP_MS
            return
        self._frames.append(frame)
        self._times_ms.append(_STEP_MS if pressed is None else _PRESS_MS)

    def _draw_finger(self, frame: Image.Image, stage: Any, pressed: Any) -> None:
        x = (pressed["x"] + pressed["width"] / 2 - stage["x"]) * self._scale
        y = (pressed["y"] + pressed["height"] / 2 - stage["y"]) * self._scale
        radius = _RADIUS * self._scale
        circle = (x - radius, y - radius, x + radius, y + radius)
        ImageDraw.Draw(frame, "RGBA").ellipse(circle, fill=_FINGER)
