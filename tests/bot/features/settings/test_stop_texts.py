"""`/ajustes`: the texts at which an answer ends."""

import discord

from bot.asking.layers import lay
from bot.features.settings.form import SettingsForm
from bot.render.stop_texts import STOP_LIMIT
from bot.storage import Preferences
from bot.texts.common import STALE_ITEM
from tests.bot.features.settings.panels import choose, open_form
from tests.bot.screens import modal_controls, text_of


async def test_stop_texts_are_typed_one_after_another(world):
    form = await open_form(world, "ending")
    control = modal_controls(form)["stop"]
    assert control["placeholder"] == "Heredado: ninguno (instalación)"
    shown = (await world.member.submit_modal(form, {"stop": "FIN | Ana:␣ | ⏎⏎ | <@1>*"})).response
    assert shown is None or "✓ Guardado" in text_of(shown)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"stop": ("FIN", "Ana: ", "\n\n", "<@1>*")}
    overview = text_of((await world.member.slash(world.channel, "ajustes ver")).response)
    listed = "«FIN», «Ana:␣», «⏎⏎», «\\<\\@1>\\*»"
    assert f"textos de fin: **{listed}** · tuyo" in overview
    await world.restart()
    again = await open_form(world, "ending")
    assert modal_controls(again)["stop"]["value"] == "FIN | Ana:␣ | ⏎⏎ | <@1>*"
    await world.member.submit_modal(again, {"stop": ""})
    assert (await world.storage.preferences.get("user", world.member.id)).is_empty


async def test_a_separator_alone_takes_inherited_stop_texts_away(world):
    guild = Preferences(params={"stop": ("FIN",)})
    await world.storage.preferences.set("guild", world.guild.id, guild)
    form = await open_form(world, "ending")
    assert modal_controls(form)["stop"]["placeholder"] == "Heredado: «FIN» (servidor)"
    await world.member.submit_modal(form, {"stop": "|"})
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"stop": ()}
    shown = await world.member.slash(world.channel, "ajustes ver")
    await world.member.click(shown.response, label="Ver todos")
    await world.member.click(shown.response, label="▶")
    assert "textos de fin: **ninguno** · tuyo" in text_of(shown.response)
    assert modal_controls(await open_form(world, "ending"))["stop"]["value"] == "|"


async def test_many_short_stop_texts_are_shown_in_the_box_that_took_them(world):
    typed = "|".join(f"{number:04}" for number in range(17))
    form = await open_form(world, "ending")
    await world.member.submit_modal(form, {"stop": typed})
    control = modal_controls(await open_form(world, "ending"))["stop"]
    assert control["value"] == typed
    assert len(typed) <= control["max_length"]


async def test_a_style_leaves_the_stop_texts(world):
    before = Preferences(params={"stop": ("FIN",), "top_k": 3})
    await world.storage.preferences.set("user", world.member.id, before)
    shown = await world.member.slash(world.channel, "ajustes cambiar")
    await choose(world.member, shown.response, "ajustes-estilo", "greedy")
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"stop": ("FIN",), "style": "lesson", "strategy": "greedy"}


async def test_what_is_longer_than_its_box_can_still_be_opened_and_kept(world):
    long = tuple(f"Capítulo {i}: " + "x" * 20 for i in range(8))
    values = {"stop": long, "temperature": 0.123456789012345}
    await world.storage.preferences.set("user", world.member.id, Preferences(params=values))
    form = await open_form(world, "ending")
    control = modal_controls(form)["stop"]
    assert len(control["value"]) > STOP_LIMIT
    assert control["max_length"] >= len(control["value"])
    await world.member.submit_modal(form, {"stop": control["value"]})
    control = modal_controls(await open_form(world, "sampling"))["temperature"]
    assert control["value"] == "0,123456789012345"
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == values


async def test_a_menu_s_made_up_value_is_refused_and_stores_nothing(world):
    form = SettingsForm(
        group="basic",
        own=Preferences(),
        inherited=lay(world.bot.settings, Preferences(), Preferences()),
        bot=world.bot,
        save=None,
        refuse=None,
    )
    for control in form.controls.values():
        if isinstance(control, discord.ui.Select):
            control._values = ["x"]
    values, problems = form._read()
    assert not {"model", "strategy"} & set(values)
    assert problems == [STALE_ITEM] * 2
    assert form._typed()[:2] == ["0", "0"]
