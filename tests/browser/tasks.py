"""What people come for, done on the demo by somebody new; each has a number of actions at most.

Actions are counted as `Demo` counts them, all from an empty line: also the text that a task needs.
A seed is this file's own, so that a text does not change from one run to the next; a person gives
none, and it is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.driver import Demo

TEXT = "Mi gato se llama Bigotes y todas las noches"
POEM = "Verde que te quiero verde.\nVerde viento. Verdes ramas."


@dataclass(frozen=True)
class Task:
    """Something that somebody wants.

    Attributes:
        name: In their words.
        actions: How many it may take.
        do: Does it, and fails where it is not done in the end.
    """

    name: str
    actions: int
    do: Callable[[Demo], None]


def write(demo: Demo, **options: object) -> str:
    """Let the model go on with a text; return the id of the message."""
    demo.slash("continuar", texto=TEXT, **options, semilla=7)
    demo.actions -= 1
    return demo.last_id()


def write_about_my_cat(demo: Demo) -> None:
    write(demo)
    assert "Bigotes" in demo.text()


def find_out_why_this_came_out(demo: Demo) -> None:
    write(demo)
    demo.click("Explicar")
    demo.wait_for("El modelo")


def find_out_why_not_my_word(demo: Demo) -> None:
    write(demo)
    demo.click("Explicar")
    demo.click("¿Y mi palabra?")
    (field,) = demo.fields()
    demo.fill({field: "perro"})
    demo.wait_for("perro")


def change_one_word(demo: Demo) -> None:
    write(demo)
    demo.click("Explicar")
    demo.click("Cambiarla")
    menu = demo.menus()[0]
    demo.pick(menu, demo.options(menu)[1])
    assert any(label.startswith("Volver al original") for label in demo.buttons())


def make_it_crazier(demo: Demo) -> None:
    write(demo)
    demo.pick("Más", "Otra más loca")
    assert "Creativo" in demo.text()


def keep_the_best_of_ten(demo: Demo) -> None:
    write(demo, intentos=10)
    demo.pick("Quedarme con", "3")
    assert "Seguir" in demo.buttons()


def write_a_poem_that_keeps_its_lines(demo: Demo) -> None:
    demo.slash("continuar")
    demo.fill({demo.fields()[0]: POEM})
    assert POEM in demo.text()


def compare_ways_of_writing(demo: Demo) -> None:
    demo.slash("comparar", texto=TEXT)
    demo.wait_for("Loco")


def undo_my_settings(demo: Demo) -> None:
    demo.slash("ajustes restablecer")
    demo.click("Sí")
    demo.wait_for("como al principio")


def delete_my_text(demo: Demo) -> None:
    text = write(demo)
    demo.pick("Más", "Borrar")
    assert "Bigotes" not in demo.text(text)


TASKS = (
    Task("make it write about my cat", 2, write_about_my_cat),
    Task("find out why this came out", 3, find_out_why_this_came_out),
    Task("find out why it did not say «perro»", 6, find_out_why_not_my_word),
    Task("change one word", 6, change_one_word),
    Task("make it crazier", 4, make_it_crazier),
    Task("keep the best of ten", 5, keep_the_best_of_ten),
    Task("write a poem that keeps its lines", 3, write_a_poem_that_keeps_its_lines),
    Task("compare ways of writing", 2, compare_ways_of_writing),
    Task("undo my settings", 2, undo_my_settings),
    Task("delete my text", 4, delete_my_text),
)
