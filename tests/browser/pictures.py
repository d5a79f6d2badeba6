"""`python -m tests.browser.pictures [FOLDER]`: the README's pictures, taken of the demo as it is.

With Gemma where it is installed, as `make demo` does. `DATA_DIR` names a folder where a model is
prepared only once.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine.models.catalogue import installed_names
from tests.browser.driver import PHONE, Demo
from tests.browser.film import Film
from tests.browser.process import ROOT

FOLDER = ROOT / "docs" / "img"
TEXT, SEED = "Mi gato se llama Bigotes y todas las noches", 1
WORD, WORDS = "perro", "perro, gata"
_SCALE = 1.5
_DESKTOP = 900
"""CSS pixels: narrower than most, so that little of a picture is empty."""
_LIMIT_S = 900
"""Preparing a model takes minutes."""
_READ_MS, _LOOK_MS = 2500, 4000


def take(folder: Path) -> None:
    """Film a text being written and explained, and take the screens of a phone and a desktop."""
    model = installed_names()[0]
    with Demo(model=model, scale=_SCALE, limit_s=_LIMIT_S) as demo:
        film = Film(demo, _SCALE)
        demo.slash("continuar", texto=TEXT, semilla=SEED)
        film.hold(_READ_MS)
        reply = demo.last_id()
        demo.click("Explicar")
        film.show(demo.last_id())
        film.hold(_LOOK_MS)
        demo.click("¿Y mi palabra?")
        demo.fill({demo.fields()[0]: WORD})
        film.show(demo.last_id())
        film.hold(_LOOK_MS)
        film.write(folder / "escribe-y-explica.webp")

        demo.look(_DESKTOP, reply)
        demo.picture(folder / "continuar.png", reply)
        demo.resize()
        demo.click("Explicar", reply)
        for width, name in ((PHONE, "-movil"), (_DESKTOP, "")):
            demo.look(width)
            demo.picture(folder / f"explicar{name}.png")
        demo.resize()
        demo.slash("explicar", texto=TEXT, palabra=WORDS, semilla=SEED)
        demo.look(PHONE)
        demo.picture(folder / "palabra-movil.png")
        demo.resize()
        demo.slash("continuar", texto=TEXT, intentos=4, semilla=SEED)
        demo.look(PHONE)
        demo.picture(folder / "intentos-movil.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
