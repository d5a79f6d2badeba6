"""Models are found by the names that people know."""

from types import SimpleNamespace

from bot.commands.options import model_autocomplete
from bot.model_names import known_model
from tests.bot.scripted import ScriptedEngine


async def test_an_accent_is_the_same_composed_or_not():
    engine = ScriptedEngine()
    info = SimpleNamespace(name="modelos/an\u0303ejo", display_name="Añejo")
    engine.models = lambda: (info,)
    assert known_model(engine, "a\u00f1ejo") == known_model(engine, "an\u0303ejo") == info.name
    assert known_model(engine, "anejo") is None
    interaction = SimpleNamespace(client=SimpleNamespace(engine=engine))
    assert [c.value for c in await model_autocomplete(interaction, "an\u0303e")] == [info.name]
