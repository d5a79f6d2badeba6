"""`/modelos`: the list and its limits."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.features.models import texts
from bot.features.models.memory_words import memory_line
from bot.features.models.words import model_blocks, parameter_count
from bot.render.markdown import V2_TEXT_LIMIT, length
from engine import FreeMemory
from tests.bot.screens import text_of
from tests.bot.scripted import ScriptedEngine

FREE = FreeMemory(device="cpu", available_bytes=20_000_000_000, reclaimable_bytes=1_000_000_000)


async def test_each_model_says_what_is_known_of_it(world):
    shown = await world.member.slash(world.channel, "modelos")
    assert shown.response.ephemeral
    assert text_of(shown.response).splitlines() == [
        "### Modelos",
        "__Siguen textos__ · /continuar",
        "**guion (de prueba)** ★ el de por defecto",
        "● cargado · GPT-2 (decodificador) · 124,4 M de parámetros",
        "-# contexto de 1024 tokens · vocabulario de 16 · 497,6\u00a0MB en disco · "
        "licencia Apache-2.0 · versión 0123abcd",
        "-# Para usarlo: «modelo: guion»",
        "**otro**",
        "○ se carga al usarlo · familia: se sabrá al cargarlo",
        "-# licencia no indicada",
        "-# memoria: se sabrá cuando esté descargado",
        texts.HOW_TO_CHOOSE,
    ]


def test_the_small_one_is_called_a_toy():
    toy = replace(ScriptedEngine().models()[1], name="unicornio-9m", display_name="unicornio-9m")
    block, what_that_means = model_blocks([toy])
    assert block.split("\n")[2].startswith("○ se carga al usarlo · de juguete · ")
    assert what_that_means == "-# De juguete: pequeño, para probar."
    assert "de juguete" not in "".join(model_blocks(ScriptedEngine().models())).lower()


def test_of_what_transforms_a_text_it_says_how_much_it_reads():
    info = replace(ScriptedEngine().models()[0], kind="encoder_decoder", source_positions=128)
    (block,) = model_blocks([info])
    assert "-# lee 128 tokens · vocabulario" in block


def test_how_to_choose_one_is_said_where_it_is_not_its_name():
    info = ScriptedEngine().models()[1]
    assert "Para usarlo" not in model_blocks([info])[0]
    (block,) = model_blocks([replace(info, name="carpeta/otro")])
    assert block.endswith("\n-# Para usarlo: «modelo: carpeta/otro»")


def test_each_is_under_the_command_that_asks_it():
    first = ScriptedEngine().models()[0]
    named = {"huecos": "encoder", "nuevo": None, "guion": "decoder", "tildes": "encoder_decoder"}
    infos = [replace(first, name=n, display_name=n, kind=kind) for n, kind in named.items()]
    infos.append(replace(first, name="gpt-3", display_name="gpt-3", kind="remote", family="GPT-3"))
    lines = "\n".join(model_blocks(infos)).split("\n")
    heads = [line for line in lines if line.startswith(("__", "**"))]
    assert heads == [
        "__Siguen textos__ · /continuar",
        "**guion** ★ el de por defecto",
        "**gpt-3**",
        "__Rellenan huecos__ · /rellenar",
        "**huecos**",
        "__Transforman textos__ · /transformar",
        "**tildes**",
        "__Se sabrá al cargarlos__",
        "**nuevo**",
    ]
    families = [line.split(" · ")[1] for line in lines if line.startswith(("●", "○"))]
    assert families == [
        "GPT-2 (decodificador)",
        "GPT-3 (en otro servidor)",
        "GPT-2 (codificador)",
        "GPT-2 (codificador-decodificador)",
        "GPT-2",
    ]


def test_sizes_are_readable():
    assert parameter_count(124_400_000) == "124,4 M"
    assert parameter_count(6_053_381_344) == "6,1 mil M"


def test_without_models_it_says_whom_to_tell():
    assert model_blocks([]) == [texts.NONE]


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=60))
def test_any_number_of_models_with_any_names_fits(names):
    first = ScriptedEngine().models()[0]
    infos = [replace(first, name=name, display_name=name, licence=name) for name in names]
    blocks = model_blocks(infos, FREE)
    assert len(blocks) <= 21
    assert length(texts.TITLE + "".join(blocks) + texts.HOW_TO_CHOOSE) <= V2_TEXT_LIMIT
    shown = sum("\n● cargado · " in block for block in blocks)
    assert shown == len(infos) or blocks[-1].startswith(f"… y {len(infos) - shown} más")


def memory_of(needed, free=FREE, **facts):
    info = replace(ScriptedEngine().models()[1], needed_bytes=needed, **facts)
    return memory_line(info, free)


def test_a_model_says_before_it_is_loaded_whether_it_fits():
    assert memory_of(1_100_000_000) == (
        "necesita ~1,1\u00a0GB de memoria; libres 20\u00a0GB: cabe en la CPU"
    )
    assert memory_of(20_500_000_000).endswith("cabe en la CPU si suelto otro modelo")
    assert memory_of(22_000_000_000).endswith("no cabe en la CPU")
    small = memory_of(311_000_000, replace(FREE, working_bytes=268_000_000))
    assert small == (
        "memoria: ~43\u00a0MB y 268\u00a0MB más al trabajar; libres 20\u00a0GB: cabe en la CPU"
    )
    gpu = replace(FREE, device="cuda")
    assert memory_of(1, gpu).endswith("cabe en la GPU")


def test_what_is_not_known_is_not_invented():
    assert memory_of(None) == "memoria: se sabrá cuando esté descargado"
    assert memory_of(1_000_000, replace(FREE, available_bytes=None)) == (
        "necesita ~1\u00a0MB de memoria"
    )
    assert memory_of(1_000_000, is_loaded=True) == ""
    assert memory_of(None, kind="remote") == ""
