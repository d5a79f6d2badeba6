"""`/ajustes`: seeing, changing and resetting, for a person and for a server."""

import pytest

from bot.asking.layers import FIELDS, lay
from bot.config import Settings
from bot.features.settings import texts
from bot.features.settings.presets import INHERIT, with_preset
from bot.messages.errors import UserError
from bot.render.settings import number_text
from bot.storage import Preferences
from bot.styles import STYLED, STYLES
from engine import DecodingParams
from tests.bot.features.settings.panels import choose, open_form
from tests.bot.screens import component, has_component, modal_controls, text_of


async def seen(world, actor=None, **options):
    """Return what `/ajustes ver` shows."""
    shown = await (actor or world.member).slash(world.channel, "ajustes ver", **options)
    assert shown.response.ephemeral
    return shown.response


BALANCED = STYLES["balanced"].settings


async def all_of(message, actor):
    """Press «Ver todos» and turn its page; return both pages."""
    await actor.click(message, label="Ver todos")
    first = text_of(message)
    await actor.click(message, label="▶")
    return first, text_of(message)


async def test_seeing_says_what_is_not_as_installed_first(world):
    preferences = world.storage.preferences
    await preferences.set("guild", world.guild.id, Preferences(params={"top_p": 0.5}))
    await preferences.set("user", world.member.id, Preferences(params={"temperature": 0.3}))
    text = text_of(await seen(world))
    named = "**Equilibrado, con temperatura 0,3 y top-p 0,5**"
    assert f"Ahora: {named} · 60 tokens · guion (de prueba)" in text
    usual = {name: number_text(BALANCED[name]) for name in ("temperature", "top_p")}
    assert (
        "**Distinto de la instalación**\n"
        f"temperatura: **0,3** · tuyo (instalación: {usual['temperature']})\n"
        f"top-p: **0,5** · servidor (instalación: {usual['top_p']})\n-# Manda"
    ) in text


async def test_seeing_says_where_nothing_differs(world):
    assert "Todo está como en la instalación.\n" in text_of(await seen(world))


async def test_of_another_style_only_its_name_and_what_was_set_over_it_differ(world):
    own = Preferences(params={"style": "mad", "top_k": 7}, model="otro")
    await world.storage.preferences.set("user", world.member.id, own)
    text = text_of(await seen(world))
    listed = text.split("instalación**\n")[1].split("\n-#")[0].split("\n")
    assert listed == [
        "estilo: **Loco** · tuyo (instalación: Equilibrado)",
        "modelo: **otro** · tuyo (instalación: guion (de prueba))",
        "top-k: **7** · tuyo (instalación: 0 (sin corte))",
    ]


async def test_many_differences_still_take_one_screen(world):
    params = {"temperature": 0.3, "top_k": 9, "top_p": 0.5, "min_p": 0.1, "typical_p": 0.5,
              "top_h": 0.5, "epsilon_cutoff": 0.1, "eta_cutoff": 0.1, "max_new_tokens": 7,
              "attempts": 2}  # fmt: skip
    await world.storage.preferences.set("user", world.member.id, Preferences(params=params))
    text = text_of(await seen(world))
    assert text.count(" · tuyo (") == 8
    assert "… y 2 más: «Ver todos»." in text


async def test_all_values_name_their_layers_and_lead_back(world):
    preferences = world.storage.preferences
    await preferences.set("guild", world.guild.id, Preferences(params={"top_p": 0.5}))
    await preferences.set("user", world.member.id, Preferences(params={"temperature": 0.3}))
    message = await seen(world)
    first, rest = await all_of(message, world.member)
    assert "estilo: **Equilibrado** · instalación" in first
    assert "temperatura: **0,3** · tuyo" in first
    assert "top-p: **0,5** · servidor" in first
    assert "tokens: **60** · instalación" in first
    assert "modelo: **guion (de prueba)** · instalación" in first
    assert (first + rest).count(" · instalación") == len(FIELDS) + 2 - 2
    await world.member.click(message, label="◀")
    assert text_of(message) == first
    await world.member.click(message, label="Volver")
    assert "**Distinto de la instalación**" in text_of(message)


async def test_seeing_the_servers_leaves_ones_own_out(world):
    preferences = world.storage.preferences
    await preferences.set("guild", world.guild.id, Preferences(params={"strategy": "greedy"}))
    await preferences.set("user", world.manager.id, Preferences(params={"temperature": 0.3}))
    message = await seen(world, world.manager, ambito="guild")
    assert "estrategia: **greedy** · servidor (instalación: muestreo)" in text_of(message)
    first, _ = await all_of(message, world.manager)
    usual = number_text(BALANCED["temperature"])
    assert f"temperatura: **{usual}** · instalación · sin efecto en greedy" in first


async def test_a_style_is_stored_and_what_it_replaces_is_gone(world):
    before = Preferences(params={"typical_p": 0.4, "max_new_tokens": 30}, model="otro")
    await world.storage.preferences.set("user", world.member.id, before)
    shown = await world.member.slash(world.channel, "ajustes cambiar")
    chosen = await choose(world.member, shown.response, "ajustes-estilo", "creative")
    text = text_of(chosen.response or shown.response)
    assert "✓ Guardado el estilo «Creativo»" in text
    assert "Ahora: **Creativo** · 30 tokens · otro" in text
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.model == "otro"
    assert stored.params == {"style": "creative", "max_new_tokens": 30}


async def test_a_style_is_inherited_again(world):
    own = Preferences(params={"style": "mad", "temperature": 0.4, "max_new_tokens": 30})
    await world.storage.preferences.set("user", world.member.id, own)
    shown = await world.member.slash(world.channel, "ajustes cambiar")
    chosen = await choose(world.member, shown.response, "ajustes-estilo", "inherit")
    assert "Ahora: **Equilibrado** · 30 tokens" in text_of(chosen.response or shown.response)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"max_new_tokens": 30}


async def test_menus_and_buttons_work_after_a_restart(world):
    shown = await world.member.slash(world.channel, "ajustes cambiar")
    await world.restart()
    await choose(world.member, shown.response, "ajustes-estilo", "greedy")
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params["strategy"] == "greedy"
    form = await choose(world.member, shown.response, "ajustes-grupo", "sampling")
    assert form.modal["title"] == "Muestreo"


@pytest.mark.parametrize("group", texts.GROUPS)
async def test_every_group_opens_a_form_of_at_most_five_fields(world, group):
    form = await open_form(world, group)
    assert tuple(modal_controls(form)) == texts.GROUPS[group].fields
    assert len(texts.GROUPS[group].fields) <= 5


async def test_a_form_changes_its_fields_and_empty_ones_are_inherited_again(world):
    before = Preferences(params={"temperature": 0.3, "top_k": 9, "num_beams": 4})
    await world.storage.preferences.set("user", world.member.id, before)
    form = await open_form(world, "sampling")
    controls = modal_controls(form)
    assert controls["temperature"]["value"] == "0,3"
    assert controls["top_p"].get("value") is None
    assert controls["top_p"]["placeholder"] == "Heredado: 0,9 (instalación)"
    values = {"temperature": "", "top_k": "40", "top_p": ",75", "min_p": "", "typical_p": ""}
    await world.member.submit_modal(form, values)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"top_k": 40, "top_p": 0.75, "num_beams": 4}


async def test_the_first_form_sets_model_and_strategy_by_menus(world):
    form = await open_form(world, "basic")
    labels = [option["label"] for option in modal_controls(form)["model"]["options"]]
    assert labels == ["Heredar: modelo por defecto (instalación)", "guion (de prueba)", "otro"]
    values = {"model": ["otro"], "strategy": ["beam"], "max_new_tokens": "20", "attempts": ""}
    await world.member.submit_modal(form, values)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored == Preferences(params={"strategy": "beam", "max_new_tokens": 20}, model="otro")
    again = await open_form(world, "basic")
    await world.member.submit_modal(again, {"model": ["-"], "strategy": [], "max_new_tokens": ""})
    assert (await world.storage.preferences.get("user", world.member.id)).is_empty


async def test_early_stopping_is_reachable(world):
    for chosen, value in (("true", True), ("never", "never"), ("false", False)):
        form = await open_form(world, "beams")
        await world.member.submit_modal(form, {"early_stopping": [chosen], "num_beams": "3"})
        stored = await world.storage.preferences.get("user", world.member.id)
        assert stored.params == {"num_beams": 3, "early_stopping": value}


async def test_switches_are_reachable(world):
    for chosen, value in (("true", True), ("false", False)):
        form = await open_form(world, "ending")
        values = {"whole_word_start": [chosen], "plain_text": [chosen], "sentence_end_tokens": "9"}
        await world.member.submit_modal(form, values)
        stored = await world.storage.preferences.get("user", world.member.id)
        assert stored.params == {
            "whole_word_start": value,
            "plain_text": value,
            "sentence_end_tokens": 9,
        }


async def test_more_for_the_end_of_a_sentence_than_the_ceiling_is_refused(world):
    world.bot.settings = world.bot.settings.model_copy(update={"max_new_tokens": 16})
    form = await open_form(world, "ending")
    values = {"sentence_end_tokens": "256"}
    refused = await world.member.submit_modal(form, values)
    assert "entre 0 y 24" in text_of(refused.response)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert not stored.params


async def test_groups_and_diversity_are_reachable(world):
    form = await open_form(world, "beams")
    values = {"num_beams": "6", "num_beam_groups": "3", "diversity_penalty": "0,5"}
    await world.member.submit_modal(form, values)
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"num_beams": 6, "num_beam_groups": 3, "diversity_penalty": 0.5}
    refused = await world.member.submit_modal(
        await open_form(world, "beams"), {"num_beam_groups": "9", "diversity_penalty": "11"}
    )
    text = text_of(refused.response)
    assert "«grupos» tiene que ser un número entero entre 1 y 8; has escrito «9»." in text
    assert "«diversidad» tiene que ser un número entre 0 y 10; has escrito «11»." in text


async def test_a_bad_form_stores_nothing_and_keeps_what_was_typed(world):
    form = await open_form(world, "sampling")
    typed = {"temperature": "9", "top_k": "40", "top_p": "mu~cho", "min_p": "", "typical_p": ""}
    refused = await world.member.submit_modal(form, typed)
    text = text_of(refused.response)
    assert refused.response.ephemeral
    assert "- «temperatura» tiene que ser un número entre 0 y 5; has escrito «9»." in text
    assert "- «top-p» tiene que ser un número mayor que 0" in text
    assert (await world.storage.preferences.get("user", world.member.id)).is_empty
    await world.restart()
    again = await world.member.click(refused.response, label="Corregir")
    controls = modal_controls(again)
    assert [controls[field].get("value") for field in texts.GROUPS["sampling"].fields] == [
        "9",
        "40",
        "mu-cho",
        None,
        None,
    ]
    await world.member.submit_modal(again, {"temperature": "0,9", "top_k": "40"})
    stored = await world.storage.preferences.get("user", world.member.id)
    assert stored.params == {"temperature": 0.9, "top_k": 40}


async def test_menus_survive_a_refused_form(world):
    form = await open_form(world, "basic")
    values = {"model": ["otro"], "strategy": ["greedy"], "max_new_tokens": "9999"}
    refused = await world.member.submit_modal(form, values)
    assert "«tokens» tiene que ser un número entero entre 1 y 256" in text_of(refused.response)
    again = modal_controls(await world.member.click(refused.response, label="Corregir"))
    chosen = {
        field: [option["value"] for option in again[field]["options"] if option.get("default")]
        for field in ("model", "strategy")
    }
    assert chosen == {"model": ["otro"], "strategy": ["greedy"]}


async def test_a_form_of_an_earlier_process_is_answered(world):
    form = await open_form(world, "sampling")
    await world.restart()
    late = await world.member.submit_modal(form, {"temperature": "0,9"})
    assert "Me reinicié y perdí ese formulario" in late.response.content
    assert "0,9" in late.response.content


async def test_the_longest_typed_texts_fit_in_the_button(world):
    form = await open_form(world, "sampling", actor=world.manager, scope="guild")
    refused = await world.manager.submit_modal(
        form, dict.fromkeys(texts.GROUPS["sampling"].fields, "ñ" * 12)
    )
    button = component(refused.response, "ajustes-corregir")
    assert len(button["custom_id"]) <= 100


async def test_the_panels_lead_to_each_other(world):
    shown = await world.member.slash(world.channel, "ajustes cambiar")
    await world.member.click(shown.response, label=texts.BUTTON_VIEW)
    assert texts.NO_DIFFERENCES in text_of(shown.response)
    await world.member.click(shown.response, label=texts.BUTTON_RESET)
    assert texts.CONFIRM_RESET["user"] in text_of(shown.response)
    await world.member.click(shown.response, label=texts.BUTTON_NO)
    await world.member.click(shown.response, label=texts.BUTTON_VIEW)
    await world.member.click(shown.response, label=texts.BUTTON_CHANGE)
    assert texts.CHANGE_HINT in text_of(shown.response)


async def test_a_form_that_cannot_be_stored_is_answered(world, monkeypatch):
    form = await open_form(world, "sampling")

    async def fail(*_):
        raise UserError("Ahora no puedo guardarlo.")

    monkeypatch.setattr(world.storage.preferences, "change", fail)
    failed = await world.member.submit_modal(form, {"temperature": "0,9"})
    assert failed.followups[0].content == "Ahora no puedo guardarlo."


async def test_a_form_leaves_alone_what_was_not_changed_in_it(world):
    preferences = world.storage.preferences
    await preferences.set("user", world.member.id, Preferences(params={"top_k": 9, "top_p": 0.5}))
    form = await open_form(world, "sampling")
    await preferences.set("user", world.member.id, Preferences(params={"top_k": 12}))
    shown = {name: item.get("value", "") for name, item in modal_controls(form).items()}
    await world.member.submit_modal(form, shown | {"temperature": "0,9"})
    stored = await preferences.get("user", world.member.id)
    assert stored.params == {"temperature": 0.9, "top_k": 12}


async def test_a_stored_model_that_is_gone_is_said(world):
    await world.storage.preferences.set("user", world.member.id, Preferences(model="viejo"))
    message = await seen(world)
    text = text_of(message)
    assert texts.NO_DIFFERENCES in text
    assert "El modelo «viejo» de los ajustes ya no está aquí; uso el de por defecto." in text
    first, _ = await all_of(message, world.member)
    assert "modelo: **guion (de prueba)** · instalación" in first


async def test_resetting_asks_first(world):
    await world.storage.preferences.set(
        "user", world.member.id, Preferences(params={"temperature": 0.3})
    )
    shown = await world.member.slash(world.channel, "ajustes restablecer")
    assert "¿Borro tus ajustes?" in text_of(shown.response)
    await world.member.click(shown.response, label=texts.BUTTON_NO)
    assert not (await world.storage.preferences.get("user", world.member.id)).is_empty
    assert texts.RESET_CANCELLED in text_of(shown.response)
    shown = await world.member.slash(world.channel, "ajustes restablecer")
    await world.member.click(shown.response, label=texts.BUTTON_YES)
    assert (await world.storage.preferences.get("user", world.member.id)).is_empty
    assert texts.RESET_DONE["user"] in text_of(shown.response)


@pytest.mark.parametrize("command", ["ver", "cambiar", "restablecer"])
async def test_the_servers_settings_need_manage_guild(world, command):
    refused = await world.member.slash(world.channel, f"ajustes {command}", ambito="guild")
    assert refused.response.ephemeral
    assert refused.response.content == texts.NEEDS_MANAGE_GUILD
    shown = await world.manager.slash(world.channel, f"ajustes {command}", ambito="guild")
    assert "servidor" in text_of(shown.response)


async def test_the_permission_is_checked_again_at_each_click_and_at_the_end(world):
    shown = await world.manager.slash(world.channel, "ajustes cambiar", ambito="guild")
    form = await choose(world.manager, shown.response, "ajustes-grupo", "sampling", "guild")
    reset = await world.manager.slash(world.channel, "ajustes restablecer", ambito="guild")
    world.env.backend.remove_member_role(world.guild.id, world.manager.id, world.managing.id)
    late = [
        await world.manager.submit_modal(form, {"temperature": "0,9"}),
        await choose(world.manager, shown.response, "ajustes-estilo", "greedy", "guild"),
        await world.manager.click(reset.response, label=texts.BUTTON_YES),
    ]
    said = [(*result.followups, result.response)[0].content for result in late]
    assert said == [texts.NEEDS_MANAGE_GUILD] * 3
    assert (await world.storage.preferences.get("guild", world.guild.id)).is_empty


async def test_a_managers_style_reaches_the_members(world):
    shown = await world.manager.slash(world.channel, "ajustes cambiar", ambito="guild")
    await choose(world.manager, shown.response, "ajustes-estilo", "precise", "guild")
    text, _ = await all_of(await seen(world), world.member)
    assert "estilo: **Preciso** · servidor" in text
    value = number_text(STYLES["precise"].settings["temperature"])
    assert f"temperatura: **{value}** · servidor" in text


async def test_there_is_no_server_in_a_direct_message(world):
    user = world.env.create_user("luz")
    refused = await user.slash("ajustes ver", ambito="guild")
    assert refused.response.content == texts.ONLY_IN_GUILD
    shown = await user.slash("ajustes cambiar")
    assert has_component(shown.response, "ajustes-estilo:user")


@pytest.mark.parametrize("preset", sorted({*texts.PRESETS} - {INHERIT}))
def test_what_a_preset_stores_hides_all_that_was_stored(preset):
    stored = with_preset({"max_new_tokens": 30, "temperature": 3.0}, preset)
    assert stored["max_new_tokens"] == 30
    laid = lay(Settings(), Preferences(), Preferences(params=stored))
    decided = {name for name, origin in laid.origins.items() if origin == "user"}
    assert decided == {*STYLED, "style", "max_new_tokens"}
    assert DecodingParams(**{name: laid.values[name] for name in FIELDS}).temperature != 3.0


def test_every_setting_is_in_exactly_one_group_and_every_text_fits():
    fields = [field for form in texts.GROUPS.values() for field in form.fields]
    assert sorted(fields) == sorted([*FIELDS, "model"])
    assert all(len(label) <= 45 for label in texts.FIELD_LABELS.values())
    groups = [(form.title, form.contents) for form in texts.GROUPS.values()]
    for name, why in (*texts.PRESETS.values(), *groups):
        assert len(name) <= 100
        assert len(why) <= 100
