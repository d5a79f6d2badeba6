"""`/ayuda`: pages, search and limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord.components import walk_components

from bot.features.help import pages, texts
from bot.features.help.command import topic_autocomplete
from bot.features.help.glossary_texts import TERMS
from bot.features.help.panel import help_panel
from bot.render.markdown import V2_TEXT_LIMIT, length
from tests.bot.screens import text_of


async def test_it_opens_on_the_first_steps_for_this_person_only(world):
    shown = await world.member.slash(world.channel, "ayuda")
    assert shown.response.ephemeral
    assert text_of(shown.response).startswith("### Primeros pasos")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("entropía", "### Entropía"),
        ("ENTROPIA", "### Entropía"),
        ("top p", "### Top-p"),
        ("/continuar", "### /continuar"),
        ("comparar", "### /comparar"),
        ("privacidad", "### Privacidad"),
        ("glosario · Dado", "### Dado"),
        ("perple", "### Perplejidad"),
        ("token", "### Token"),
    ],
)
async def test_a_topic_is_found_by_its_name(world, typed, title):
    shown = await world.member.slash(world.channel, "ayuda", tema=typed)
    assert text_of(shown.response).split("\n")[0] == title


async def test_an_unknown_topic_is_said_and_the_glossary_opens(world):
    shown = await world.member.slash(world.channel, "ayuda", tema="*recetas* de cocina")
    text = text_of(shown.response)
    assert text.startswith("No tengo ayuda sobre «\\*recetas\\* de cocina».")
    assert "### Glosario" in text


async def test_the_menus_turn_pages_after_a_restart(world):
    shown = await world.member.slash(world.channel, "ayuda")
    await world.restart()
    await world.member.select(shown.response, ["glosario"], custom_id="u:ayuda-tema")
    await world.member.select(shown.response, ["dado"], custom_id="u:ayuda-glosario")
    assert text_of(shown.response).startswith("### Dado")
    await world.member.select(shown.response, ["privacidad"], custom_id="u:ayuda-tema")
    assert "a los 30 días" in text_of(shown.response)


@pytest.mark.parametrize("key", [*texts.TOPICS, *TERMS])
def test_every_page_fits(key):
    view = help_panel(key, 30)
    shown = view.to_components()
    contents = [c["content"] for c in walk_components(shown) if c.get("type") == 10]
    assert length("".join(contents)) <= V2_TEXT_LIMIT
    assert view.total_children_count <= 40
    for menu in (c for c in walk_components(shown) if c.get("type") == 3):
        assert 1 <= len(menu["options"]) <= 25
        assert sum(bool(option.get("default")) for option in menu["options"]) <= 1
        for option in menu["options"]:
            assert len(option["label"]) <= 100
            assert len(option["description"]) <= 100


def test_topics_and_terms_have_different_keys():
    assert not set(texts.TOPICS) & set(TERMS)
    assert help_panel("de otra versión", 30).to_components()


@settings(deadline=None)
@given(st.text())
def test_searching_never_fails(typed):
    found = pages.search(typed)
    assert set(found) <= set(pages.page_names())
    key = pages.find(typed)
    assert key is None or pages.page(key, 30)


async def test_autocomplete_proposes_what_contains_the_typed_text():
    choices = await topic_autocomplete(None, "top")
    assert [choice.name for choice in choices] == ["glosario · Top-k", "glosario · Top-p"]
    assert len(await topic_autocomplete(None, "")) == 25


def test_a_block_of_code_ends_on_a_line_of_its_own_and_fits_a_phone():
    """Words right behind the closing fence would be read as code."""
    blocks = 0
    for title, _, body in texts.TOPICS.values():
        is_code = False
        for line in body.split("\n"):
            if line.startswith("```"):
                assert is_code is (line == "```"), title
                is_code = not is_code
                blocks += is_code
            else:
                assert "```" not in line, title
                assert not is_code or len(line) <= 30, title
        assert not is_code, title
    assert blocks
