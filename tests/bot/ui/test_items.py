"""What a custom_id says, and what the item made from it again knows."""

from types import SimpleNamespace

import pytest

from bot.ui.items import ButtonItem, PersistentButton, PersistentSelect, SelectItem, custom_id

REPLY = "0123456789abcdef" * 2


class Turn(PersistentButton, action="turn", args=("attempt", "step")):
    label = "Pasar"

    async def respond(self, interaction):
        interaction.answered.append(self.numbers)


class Pick(PersistentSelect, action="pick"):
    async def respond(self, interaction):
        interaction.answered.append(self.numbers)


class View(ButtonItem, action="ver", pattern=":(user|guild)"):
    label = "Ver"

    async def respond(self, interaction):
        interaction.answered.append(self.words)


class Topic(SelectItem, action="tema"):
    async def respond(self, interaction):
        interaction.answered.append(self.words)


async def again(item):
    match = item.template.fullmatch(item.custom_id)
    return await type(item).from_custom_id(SimpleNamespace(), item.item, match)


async def test_an_item_of_a_reply_carries_its_id_and_numbers():
    item = Turn(REPLY, 2, 11)
    assert item.custom_id == custom_id("turn", REPLY, 2, 11) == f"u:turn:{REPLY}:2:11"
    made = await again(item)
    assert (made.reply_id, made.args) == (REPLY, (2, 11))
    assert made.numbers == {"attempt": 2, "step": 11}
    assert made.needs_reply
    assert made.item.label == "Pasar"


async def test_a_menu_of_a_reply_may_carry_no_numbers():
    made = await again(Pick(REPLY))
    assert (made.custom_id, made.numbers) == (f"u:pick:{REPLY}", {})


async def test_an_item_of_a_panel_carries_words():
    made = await again(View("guild"))
    assert (made.custom_id, made.words, made.numbers) == ("u:ver:guild", ("guild",), {})
    made = await again(Topic())
    assert (made.custom_id, made.words) == ("u:tema", ())


@pytest.mark.parametrize("words", [(REPLY,), (REPLY, 1), (REPLY, 1, 2, 3), ("x", 1, 2)])
def test_an_item_cannot_be_built_with_other_words_than_it_reads(words):
    with pytest.raises(ValueError, match="must match the template"):
        Turn(*words)


def test_a_base_of_items_answers_to_no_custom_id():
    for base in (ButtonItem, SelectItem, PersistentButton, PersistentSelect):
        assert base.__discord_ui_compiled_template__.match("") is None


async def test_an_item_runs_only_what_is_allowed_and_known():
    said, allowed = [], []
    interaction = SimpleNamespace(
        answered=said,
        client=SimpleNamespace(clicks=set(), require_allowed=allowed.append),
    )
    await Turn(REPLY, 2, 11).callback(interaction)
    await View("user").callback(interaction)
    assert said == [{"attempt": 2, "step": 11}, ("user",)]
    assert allowed == [interaction, interaction]
