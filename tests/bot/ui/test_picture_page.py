"""A page from top to bottom, and the files that it carries."""

import discord
import pytest

from bot.messages.place import Place
from bot.ui.picture_page import Picture, audience, layout, layout_page

PNG = b"\x89PNG"


def button(label):
    return discord.ui.Button(label=label, custom_id=label)


def shown(page):
    (container,) = page.view.to_components()
    return container["components"]


async def test_blocks_stand_in_their_order_and_the_lead_before_them():
    picture = Picture(PNG, "paso.png", "Barras")
    row = [button("a"), button("b")]
    page = layout_page("uno", picture, row, "dos", lead=[discord.ui.TextDisplay("antes")])
    lead, first, gallery, controls, second = shown(page)
    assert [part["content"] for part in (lead, first, second)] == ["antes", "uno", "dos"]
    (item,) = gallery["items"]
    assert (item["media"]["url"], item["description"]) == ("attachment://paso.png", "Barras")
    assert [part["label"] for part in controls["components"]] == ["a", "b"]


async def test_a_row_without_controls_is_no_row():
    assert [part["type"] for part in shown(layout_page("uno", [], "dos"))] == [10, 10]


async def test_the_message_carries_what_was_drawn_and_says_what_was_not():
    drawn, late = Picture(PNG, "a.png", "Una"), Picture(None, "b.png", "Otra")
    page = layout_page(drawn, late)
    assert [(file.filename, file.fp.read()) for file in page.files] == [("a.png", PNG)]
    assert [part["type"] for part in shown(page)] == [12, 10]
    assert shown(page)[1]["content"].endswith("Dice: Otra")


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        (0, "Solo lo ves tú"),
        (
            5,
            "Texto inventado por un modelo · Solo la pasa quien la publicó; si pulsas, abres la "
            "tuya · Publicado por <@5>",
        ),
    ],
)
def test_a_page_says_who_sees_it(publisher, said):
    assert audience(Place(publisher=publisher)) == said


def test_a_block_of_nothing_is_left_out():
    (container,) = layout("Arriba", "", "Abajo").to_components()
    assert [part["content"] for part in container["components"]] == ["Arriba", "Abajo"]
