"""/familias beside a model of a server, into which nobody can look."""

from dataclasses import replace

import pytest

from bot.features.families import texts
from bot.storage import Preferences
from tests.bot.features.families.answers import attention_of, filling_of
from tests.bot.features.transform.models import ACCENTS
from tests.bot.screens import text_of

TEXT = "El gato duerme en el tejado de la casa"
GAPS = replace(ACCENTS, name="huecos", display_name="huecos", family="BERT", kind="encoder")


@pytest.fixture
def here(room, monkeypatch):
    """A room whose engine answers about the sentence."""

    async def explain(request):
        room.engine.explained.append(request)
        return attention_of(request)

    async def fill(request):
        return filling_of(request)

    monkeypatch.setattr(room.engine, "explain", explain)
    monkeypatch.setattr(room.engine, "fill", fill)
    return room


def have(room, monkeypatch, *infos):
    room.engine.more_models = infos
    monkeypatch.setattr(room.engine, "models", lambda: infos)


def elsewhere(room):
    first = room.engine.models()[0]
    return replace(first, name="gpt-x", display_name="gpt-x", kind="remote", revision=None)


@pytest.mark.parametrize("is_first", [True, False])
async def test_the_sentence_stays_here_though_its_person_writes_elsewhere(
    here, monkeypatch, is_first
):
    others = (here.engine.models()[0], GAPS, ACCENTS)
    remote = (elsewhere(here),)
    have(here, monkeypatch, *(remote + others if is_first else others + remote))
    await here.storage.preferences.set("user", here.ana.id, Preferences(model="gpt-x"))
    shown = (await here.ana.slash(here.channel, "familias", texto=TEXT)).response
    assert text_of(shown).startswith("### El decodificador no ve lo que viene; los otros, sí")
    assert {request.model for request in here.engine.requests} == {"guion", "unicornio-tildes"}
    assert "gpt-x" not in {question.model for question in here.engine.explained}
    assert "gpt-x" not in text_of(shown)


@pytest.mark.parametrize("others", [(), (GAPS,)])
async def test_with_nothing_else_that_writes_it_is_refused_and_says_why(here, monkeypatch, others):
    have(here, monkeypatch, elsewhere(here), *others)
    refused = await here.ana.slash(here.channel, "familias", texto=TEXT)
    assert refused.response.ephemeral
    assert refused.response.content == texts.NO_WRITER
    assert here.engine.requests == []
