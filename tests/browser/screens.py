"""The screens that people meet first, how each is opened, and how much of a phone it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.driver import Demo

FIRST = 700
"""CSS pixels of a first screen on a phone: a phone shows some 670 at once."""
PAGE = 1000
"""CSS pixels of any page on a phone, and of a first screen on a desktop."""
WIDE_PAGE = 1200
"""CSS pixels of a page of the explorer where its picture is twice as wide as on a phone."""
TWO_PICTURES = {"Tabla": 2000}
"""The same for pages with one picture below the other."""
TEXT = "Mi gato se llama Bigotes y todas las noches"
WORDS = "El perro de mi vecina se comió"
GAP = "El perro duerme debajo de la ___."
HURRIED = "la cancion que mas me gusto fue la de maria"
SENTENCE = "El perro duerme debajo de la mesa."


@dataclass(frozen=True)
class Screen:
    """A screen and the way to it.

    Attributes:
        name: Of its pictures.
        open: Does what a person does, until the screen is the newest message or the open form.
        limit: CSS pixels that it may be high on a phone.
    """

    name: str
    open: Callable[[Demo], object]
    limit: int = FIRST


def continue_text(demo: Demo) -> str:
    """Let the model go on with a text; return the id of the message."""
    demo.slash("continuar", texto=TEXT, semilla=7)
    return demo.last_id()


def explain_reply(demo: Demo) -> None:
    """Open the explorer of a text that is there."""
    demo.click("Explicar", continue_text(demo))


def guess(demo: Demo) -> None:
    """Begin a game of one word, in place of one that goes on."""
    demo.slash("adivina", texto=WORDS, rondas=1)
    if "Terminar" in demo.buttons() and "Ver ya" not in demo.buttons():
        demo.click("Terminar")
        demo.slash("adivina", texto=WORDS, rondas=1)


def guess_and_see(demo: Demo) -> None:
    """See what came out of a game of one word."""
    guess(demo)
    demo.click("Ver ya")


SCREENS = (
    Screen("bienvenida", lambda _: None),
    Screen("continuar", continue_text),
    Screen("continuar-formulario", lambda demo: demo.slash("continuar")),
    Screen("intentos", lambda demo: demo.slash("continuar", texto=TEXT, intentos=10, semilla=7)),
    Screen("explicar", lambda demo: demo.slash("explicar", texto=WORDS, semilla=7)),
    Screen(
        "explicar-palabra",
        lambda demo: demo.slash("explicar", texto=WORDS, palabra="pescado", semilla=7),
    ),
    Screen("explicar-respuesta", explain_reply),
    Screen("comparar", lambda demo: demo.slash("comparar", texto=TEXT)),
    Screen("tokens", lambda demo: demo.slash("tokens", texto=TEXT)),
    Screen("rellenar", lambda demo: demo.slash("rellenar", texto=GAP)),
    Screen("transformar", lambda demo: demo.slash("transformar", texto=HURRIED)),
    Screen("familias", lambda demo: demo.slash("familias", texto=SENTENCE)),
    Screen("adivina", guess),
    Screen("adivina-visto", guess_and_see, PAGE),
    Screen("ajustes-ver", lambda demo: demo.slash("ajustes ver")),
    Screen("ajustes-cambiar", lambda demo: demo.slash("ajustes cambiar")),
    Screen("ayuda", lambda demo: demo.slash("ayuda")),
    Screen("modelos", lambda demo: demo.slash("modelos")),
    Screen("datos", lambda demo: demo.slash("datos ver")),
    Screen("estado", lambda demo: demo.slash("estado")),
)
