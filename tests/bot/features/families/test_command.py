"""/familias from the slash to the last click, on a scripted engine."""

from dataclasses import replace

import pytest
from simcord.components import walk_components

from engine import EngineError
from tests.bot.features.families.answers import attention_of, filling_of
from tests.bot.features.transform.models import ACCENTS
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine
from tests.bot.world import open_world

TEXT = "El gato duerme en el tejado de la casa"
FAMILIES = ["Codificador", "Decodificador", "Codificador-decodificador"]
SYSTEMS = {
    "Codificador": "BERT, DistilBERT, RoBERTa",
    "Decodificador": "GPT-1, GPT-2, GPT-3, CTRL",
    "Codificador-decodificador": "transformer original, T5, M2M100",
}


@pytest.fixture(autouse=True)
def answering(monkeypatch):
    """Let the engine know the three families, and answer about the sentence."""
    gaps = replace(ACCENTS, name="huecos", display_name="huecos", family="BERT", kind="encoder")
    made = ScriptedEngine.__init__

    def init(self):
        made(self)
        self.more_models = (gaps, ACCENTS)
        self.filled = []

    async def explain(self, request):
        self.explained.append(request)
        return attention_of(request)

    async def fill(self, request):
        self.filled.append(request)
        return filling_of(request)

    monkeypatch.setattr(ScriptedEngine, "__init__", init)
    monkeypatch.setattr(ScriptedEngine, "explain", explain)
    monkeypatch.setattr(ScriptedEngine, "fill", fill, raising=False)


@pytest.fixture
def here(room):
    return room


async def familias(room, texto=TEXT):
    return await room.ana.slash(room.channel, "familias", texto=texto)


def plain(message):
    return text_of(message).replace("\u00a0", " ")


def alts(message):
    found = walk_components(message.components)
    return [item["description"] for c in found for item in c.get("items", ())]


async def test_the_first_screen_says_who_sees_whom(here):
    result = await familias(here)
    shown = result.response
    assert shown.ephemeral
    text = plain(shown)
    # The picture has the sentence, and each family's own page its systems.
    assert text.startswith(
        "### El decodificador no ve lo que viene; los otros, sí\nDe lo que mira cada palabra"
    )
    assert (
        "está a su derecha el **44 %** en el codificador y el **0 %** en el decodificador" in text
    )
    assert text.endswith("huecos · guion (de prueba) · unicornio-tildes · Solo lo ves tú")
    assert buttons(shown) == FAMILIES
    (alt,) = alts(shown)
    assert "en el hueco pone «maúlla»" in alt
    assert [a.filename for a in shown.attachments] == ["familias.png"]


async def test_each_model_is_asked_what_its_family_can_answer(here):
    await familias(here)
    written = here.engine.requests
    assert [request.model for request in written] == ["guion", "unicornio-tildes", "guion"]
    assert [request.prompt for request in written] == [TEXT, TEXT, "El gato"]
    assert [(r.part, r.model) for r in here.engine.explained] == [
        ("encoder", "huecos"),
        ("decoder", "guion"),
        ("cross", "unicornio-tildes"),
    ]
    assert all(request.text == TEXT for request in here.engine.explained)
    (filled,) = here.engine.filled
    assert filled.text == "El gato ___ en el tejado de la casa"


async def test_each_family_by_itself_and_back(here):
    shown = (await familias(here)).response
    texts = {}
    for label in FAMILIES:
        shown = (await here.ana.click(shown, label=label)).response
        texts[label] = plain(shown)
        assert buttons(shown) == ["Las tres", *(name for name in FAMILIES if name != label)]
        assert "\n> El gato **duerme** en el tejado de la casa\n" in texts[label]
    for label, systems in SYSTEMS.items():
        assert systems in texts[label]
    # Two layers of 9 tokens.
    assert "hay 72 casillas, y las 72 valen **exactamente 0**" in texts["Decodificador"]
    assert "con solo «El gato» delante, pone **amor**" in texts["Decodificador"]
    assert "pone **maúlla** (31 %)" in texts["Codificador"]
    assert "No hay máscara" in texts["Codificador"]
    assert "atención cruzada" in texts["Codificador-decodificador"]
    assert "/transformar" in texts["Codificador-decodificador"]
    back = (await here.ana.click(shown, label="Las tres")).response
    assert plain(back).startswith("### El decodificador no ve lo que viene")


async def test_another_word_can_be_hidden_after_a_restart(here):
    shown = (await familias(here)).response
    await here.restart()
    result = await here.ana.select(shown, ["5"], custom_id=_menu(shown))
    assert plain(result.response).startswith("### El decodificador no ve")
    assert here.engine.filled[0].text == "El gato duerme en el ___ de la casa"
    assert here.engine.requests[-1].prompt == "El gato duerme en el"
    page = (await here.ana.click(result.response, label="Decodificador")).response
    assert "> El gato duerme en el **tejado** de la casa" in plain(page)
    assert "«El gato duerme en el» delante" in plain(page)


async def test_a_published_page_opens_the_reader_s_own(here):
    shown = (await familias(here)).response
    result = await here.ana.select(shown, ["publicar"], custom_id=_menu(shown))
    (copy,) = result.followups
    assert not copy.ephemeral
    assert buttons(copy) == ["Abrir la mía", "Borrar"]
    own = (await here.luis.click(copy, label="Abrir la mía")).response
    assert own.ephemeral
    assert buttons(own) == FAMILIES


async def test_a_family_that_is_not_here_is_said_and_the_others_are_shown(here):
    here.engine.more_models = (ACCENTS,)
    shown = (await familias(here)).response
    text = plain(shown)
    assert "Aquí no hay ningún **codificador**" in text
    assert "**0 %** en el decodificador" in text
    page = (await here.ana.click(shown, label="Codificador")).response
    assert "No hay ninguno aquí" in plain(page)


async def test_a_family_that_fails_does_not_hide_the_others(here):
    async def fail(_):
        raise EngineError("model_unavailable", model="huecos", reason="corrupt")

    here.engine.fill = fail
    text = plain((await familias(here)).response)
    assert "Codificador: Los ficheros del modelo «huecos» están dañados" in text
    assert "**0 %** en el decodificador" in text


@pytest.mark.parametrize(
    ("texto", "said"), [("Hola", "al menos 3 palabras"), ("   ", "No me has dado ningún texto")]
)
async def test_what_cannot_be_read_is_refused_before_anything(here, texto, said):
    result = await familias(here, texto)
    assert said in result.response.content
    assert result.response.ephemeral
    assert not here.engine.requests


async def test_a_long_text_is_cut_and_it_is_said(here):
    text = plain((await familias(here, TEXT + " y sueña con ratones muy gordos")).response)
    assert (
        "De tu texto uso el principio: «El gato duerme en el tejado de la casa y sueña con»" in text
    )


async def test_the_word_list_holds(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_text("maúlla", encoding="utf-8")
    async with open_world(tmp_path, blocked_words_file=words) as here:
        text = plain((await familias(here)).response)
        assert here.engine.filled[0].bad_words == ("maúlla",)
        assert all(request.params.bad_words == ("maúlla",) for request in here.engine.requests)
        assert "maúlla" not in text
        refused = await familias(here, "El gato maúlla en el tejado")
        assert "una palabra que este servidor no permite" in refused.response.content


def buttons(message):
    return [c["label"] for c in walk_components(message.components) if c.get("type") == 2]


def _menu(message):
    found = walk_components(message.components)
    return next(c["custom_id"] for c in found if c.get("type") == 3)
