import re
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ConfigError, Settings, load_settings
from bot.env_file import COMPOSE_KEYS
from bot.process.reference import env_example, readme_table
from bot.shards import Shards
from bot.texts import config as texts
from bot.texts import options
from engine import RANGES
from engine.words import WordList

ROOT = Path(__file__).parents[2]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    env_file = tmp_path / ".env"
    env_file.write_text(text, encoding="utf-8")
    return load_settings(env_file, environ)


def test_defaults_are_the_documented_ones(tmp_path):
    settings = load(tmp_path, "")
    assert settings.default_settings == {
        "style": "balanced",
        "max_new_tokens": 60,
        "min_new_tokens": 0,
        "stop": (),
        "attempts": 1,
    }
    assert settings.request_timeout_s == 600
    assert settings.retention_days == 30
    assert settings.discord_token is None
    assert "maricón" in settings.blocked_words


def test_values_are_read_from_the_file_and_the_process_wins(tmp_path):
    text = f"DISCORD_TOKEN={TOKEN}\nMODELS=a, b@1 ,c\nMAX_QUEUE=200\nDEFAULT_TOP_P=0,7\n"
    settings = load(tmp_path, text + "DISCORD_GUILD_IDS=1,2", MAX_QUEUE="300")
    assert settings.models == ("a", "b@1", "c")
    assert settings.max_queue == 300
    assert settings.default_settings["top_p"] == 0.7
    assert settings.discord_guild_ids == (1, 2)
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == TOKEN


@pytest.mark.parametrize("written", ["Lección", "leccion", "lesson", "LECCION"])
def test_the_style_is_read_by_its_name(tmp_path, written):
    assert load(tmp_path, f"DEFAULT_STYLE={written}").default_style == "lesson"


def test_an_unknown_style_is_said_in_spanish(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "DEFAULT_STYLE=salvaje")
    assert caught.value.problems == (
        "DEFAULT_STYLE: no conozco ese estilo; están preciso, equilibrado, creativo, loco, leccion."
        " Ejemplo: DEFAULT_STYLE=equilibrado",
    )


def test_an_empty_variable_leaves_what_the_file_says(tmp_path):
    settings = load(tmp_path, "DISCORD_GUILD_IDS=1", DISCORD_GUILD_IDS="", MAX_QUEUE="")
    assert (settings.discord_guild_ids, settings.max_queue) == ((1,), 64)


def test_an_empty_value_means_the_default(tmp_path):
    assert load(tmp_path, "MAX_QUEUE=\nMETRICS_PORT=\n") == load(tmp_path, "")


def test_stop_texts_are_read_as_they_are_typed(tmp_path):
    assert load(tmp_path, "DEFAULT_STOP=FIN | Ana:␣ | ⏎⏎").default_settings["stop"] == (
        "FIN",
        "Ana: ",
        "\n\n",
    )
    assert load(tmp_path, r'DEFAULT_STOP="\n\n|FIN"').default_settings["stop"] == ("\n\n", "FIN")
    assert load(tmp_path, "DEFAULT_STOP=|").default_settings["stop"] == ()
    assert load(tmp_path, "DEFAULT_STOP=").default_settings["stop"] == ()


def test_the_token_is_never_shown(tmp_path):
    settings = load(tmp_path, f"DISCORD_TOKEN={TOKEN}")
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "DISCORD_TOKEN=secreto-sin-forma")
    assert "secreto" not in str(caught.value)


def test_all_problems_are_said_at_once_in_spanish(tmp_path):
    text = """
DISCORD_TOKEN=hola
EDIT_INTERVAL_S=0.5
MAX_QUEUE=muchos
REPLY_VISIBILITY=todos
ALLOW_DMS=quizá
DEVICE=tpu
COOLDOWN_S=abc
BLOCKED_WORDS_FILE=no/existe.txt
"""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    problems = {problem.split(":", 1)[0]: problem for problem in caught.value.problems}
    assert set(problems) == {
        "DISCORD_TOKEN",
        "EDIT_INTERVAL_S",
        "MAX_QUEUE",
        "REPLY_VISIBILITY",
        "ALLOW_DMS",
        "DEVICE",
        "COOLDOWN_S",
        "BLOCKED_WORDS_FILE",
    }
    assert problems["EDIT_INTERVAL_S"] == (
        "EDIT_INTERVAL_S: tiene que ser 1.2 o más. Ejemplo: EDIT_INTERVAL_S=1.5"
    )
    assert problems["MAX_QUEUE"].startswith("MAX_QUEUE: tiene que ser un número entero.")
    assert "auto, public o private" in problems["REPLY_VISIBILITY"]
    assert "no puedo leer el archivo no/existe.txt" in problems["BLOCKED_WORDS_FILE"]
    assert "un número" in problems["COOLDOWN_S"]


@pytest.mark.parametrize("name", RANGES)
def test_decoding_defaults_are_checked_against_the_engine(tmp_path, name):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"DEFAULT_{name.upper()}=-100")
    assert [p for p in caught.value.problems if p.startswith(f"DEFAULT_{name.upper()}: ")]


def test_default_tokens_may_not_exceed_the_maximum(tmp_path):
    with pytest.raises(ConfigError, match="es mayor que MAX_NEW_TOKENS"):
        load(tmp_path, "MAX_NEW_TOKENS=10")


@given(st.dictionaries(st.sampled_from(sorted(texts.HELP)), st.text(max_size=30)))
def test_no_value_of_any_key_breaks_the_reading(environ):
    problems: tuple[str, ...] = ()
    try:
        load_settings(None, environ)
    except ConfigError as error:
        problems = error.problems
    assert {problem.split(":", 1)[0] for problem in problems} <= set(environ)


def test_blocked_words_file(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_text("# lista\nfeo\n\n  horrible  # muy\nfeo\n", encoding="utf-8")
    assert load(tmp_path, f"BLOCKED_WORDS_FILE={words}").blocked_words == ("feo", "horrible")
    words.write_text("# ninguna\n", encoding="utf-8")
    assert load(tmp_path, f"BLOCKED_WORDS_FILE={words}").blocked_words == ()


@pytest.mark.parametrize(
    ("text", "is_blocked"),
    [
        ("¡Menudo maricón!", True),
        ("Puto negro", True),
        ("una computadora negra, la zorra y la concha", False),
        ("los moros y los judíos de la España medieval", False),
        ("números subnormales en coma flotante", False),
        ("El pollo se coge con la mano", False),
    ],
)
def test_the_list_that_ships_names_insults_and_nothing_else(tmp_path, text, is_blocked):
    assert WordList(load(tmp_path, "").blocked_words).is_in(text) is is_blocked


def test_every_key_is_documented():
    assert set(texts.HELP) == {name.upper() for name in Settings.model_fields}


def test_env_example_and_readme_say_what_the_code_says():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()
    assert readme_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_env_example_is_a_valid_configuration(tmp_path):
    assert load(tmp_path, env_example()) == load(tmp_path, "")


def test_everything_wrong_is_said_at_once_decoding_and_token_included(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text("MAX_QUEUE=0\nDEFAULT_TEMPERATURE=9\nDEFAULT_STRATEGY=x\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(env_file, {}, is_token_needed=True)
    keys = [problem.split(":", 1)[0] for problem in caught.value.problems]
    assert keys == ["DISCORD_TOKEN", "MAX_QUEUE", "DEFAULT_STRATEGY", "DEFAULT_TEMPERATURE"]


def problems_of(tmp_path, text, **environ):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    return caught.value.problems


def test_every_key_of_the_file_is_known_or_said(tmp_path):
    text = "MAX_QUEU=3\nexport discord_guild_ids=1\nHTTP_PROXY=x\nEXTRAS=gemma\nCOMPOSE_FILE=a\n"
    misspelt, lower, unknown = problems_of(tmp_path, text, HTTP_PROXY="x", other="x")
    assert misspelt == "MAX_QUEU: no conozco esa clave. ¿Querías decir MAX_QUEUE?"
    assert lower.endswith("Escribe DISCORD_GUILD_IDS.")
    assert unknown.startswith("HTTP_PROXY: no conozco esa clave. Bórrala")


def test_what_compose_reads_from_the_same_file_is_no_unknown_key():
    keys = re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert set(keys) == COMPOSE_KEYS


@pytest.mark.parametrize(
    "line",
    [
        "DISCORD_GUILD_IDS: 1",
        "DISCORD_GUILD_IDS:1",
        "DISCORD_GUILD_IDS",
        "DISCORD_GUILD_IDS 1",
        'DISCORD_GUILD_IDS="1',
        "DISCORD_GUILD_IDS='1",
        'DISCORD_GUILD_IDS="1"2',
        "=1",
        "'DISCORD_GUILD_IDS=1",
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(tmp_path, line):
    text = f"# uno\n\nMAX_QUEUE=3\n{line}\nMAX_PER_USER=0\nDATA_DIR='./x'\n"
    first, second = problems_of(tmp_path, text)
    assert ".env, línea 4: no la entiendo" in first
    assert second.startswith("MAX_PER_USER: ")


def test_a_value_that_a_later_empty_line_loses(tmp_path):
    (problem,) = problems_of(tmp_path, "DISCORD_GUILD_IDS=1\nDISCORD_GUILD_IDS=\n")
    assert problem.startswith("DISCORD_GUILD_IDS: la línea 2 la repite vacía")
    assert load(tmp_path, "MAX_QUEUE=\nMAX_QUEUE=7\n").max_queue == 7


@pytest.mark.parametrize("value", ["FIN | ##", " ## FIN", "a #b | c"])
def test_a_number_sign_that_would_cut_the_stop_texts(tmp_path, value):
    (problem,) = problems_of(tmp_path, f"DEFAULT_STOP={value}")
    assert problem.startswith("DEFAULT_STOP: el # corta el valor en «")
    assert load(tmp_path, f'DEFAULT_STOP="{value}"  # nota').default_settings["stop"]
    assert load(tmp_path, "DEFAULT_STOP=##").default_settings["stop"] == ("##",)
    assert load(tmp_path, "MAX_QUEUE=7 # cola").max_queue == 7


@pytest.mark.parametrize("value", ["~/x", "~", "$HOME/x", "${HOME}/x", "/srv/$USER"])
def test_nothing_is_put_in_for_a_tilde_or_a_variable(tmp_path, value, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for key in ("DATA_DIR", "BLOCKED_WORDS_FILE", "DATABASE_URL"):
        given = f"sqlite+aiosqlite:///{value}" if key == "DATABASE_URL" else value
        for problems in (
            problems_of(tmp_path, f"{key}={given}"),
            problems_of(tmp_path, "", **{key: given}),
        ):
            assert problems[0].startswith(f"{key}: aquí no se sustituyen"), problems
    assert problems_of(tmp_path, "MODELS=unicornio-9m,$HOME/modelo")[0].startswith("MODELS: aquí")
    assert problems_of(tmp_path, "HF_TOKEN=${MIO}")[0].startswith("HF_TOKEN: aquí no se sust")
    assert [*tmp_path.iterdir()] == [tmp_path / ".env"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (f'"{TOKEN}"', "sobran las comillas"),
        (f"'{TOKEN}'", "sobran las comillas"),
        (f"Bot {TOKEN}", "sobra «Bot»"),
        (f"{TOKEN} ", "no parece un token"),
        (f"“{TOKEN}”", "no parece un token"),
    ],
)
def test_a_token_with_more_than_the_token(tmp_path, value, reason):
    for problems in (
        problems_of(tmp_path, "", DISCORD_TOKEN=value),
        problems_of(tmp_path, f"DISCORD_TOKEN=`{value}`"),
    ):
        assert problems[0].startswith("DISCORD_TOKEN: ")
        assert TOKEN not in problems[0]
    assert reason in problems_of(tmp_path, "", DISCORD_TOKEN=value)[0]
    quoted = load(tmp_path, f'DISCORD_TOKEN="{TOKEN}"').discord_token
    assert quoted is not None
    assert quoted.get_secret_value() == TOKEN


def test_quotes_that_an_older_docker_hands_over(tmp_path):
    assert "sobran las comillas" in problems_of(tmp_path, "", DATA_DIR='"/datos"')[0]
    assert "comillas" in problems_of(tmp_path, "", HF_TOKEN='"hf_abc"')[0]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("gemma-3-271m", "gemma-3-270m"),
        ("Gemma-3-270M", "gemma-3-270m"),
        ("unicornio9m", "unicornio-9m"),
        ("gpt-2@main", "gpt2"),
    ],
)
def test_a_model_that_is_almost_one_of_the_catalogue(tmp_path, name, near):
    (problem,) = problems_of(tmp_path, f"MODELS=unicornio-9m,{name}")
    assert f"«{name}». ¿Querías decir {near}? Ejemplo: " in problem
    assert load(tmp_path, "MODELS=gpt2-xl,openai-gpt@1,embedded").models[0] == "gpt2-xl"
    assert problem.startswith("MODELS: ")


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("voraz", "greedy"),
        ("Muestreo", "sample"),
        ("haces", "beam"),
        ("Beam search", "beam"),
        ("búsqueda contrastiva", "contrastive"),
        ("haces diversos", "diverse_beam"),
        ("beam_sample", "beam_sample"),
    ],
)
def test_strategies_have_their_spanish_names(tmp_path, name, strategy):
    assert load(tmp_path, f"DEFAULT_STRATEGY={name}").default_settings["strategy"] == strategy


def test_every_strategy_can_be_said_as_the_bot_says_it(tmp_path):
    for strategy, name in options.STRATEGY_NAMES.items():
        assert load(tmp_path, f"DEFAULT_STRATEGY={name}").default_settings["strategy"] == strategy
    assert set(options.STRATEGY_SYNONYMS.values()) <= set(options.STRATEGY_NAMES)


def test_a_device_and_a_port_are_tried_only_where_it_is_asked(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env_file = tmp_path / ".env"
        env_file.write_text(f"DEVICE=cuda:99\nMETRICS_PORT={port}\nMAX_QUEUE=0\n")
        with pytest.raises(ConfigError) as caught:
            load_settings(env_file, {}, tried=("device", "metrics_port"))
        assert caught.value.problems == (
            "DEVICE: esta máquina no tiene esa GPU, o torch no la ve. Ejemplo: DEVICE=auto",
            "MAX_QUEUE: tiene que ser 1 o más. Ejemplo: MAX_QUEUE=64",
            f"METRICS_PORT: no puedo escuchar en el puerto {port}: ya lo usa otro programa. "
            "Ejemplo: METRICS_PORT=9464",
        )
        assert load(tmp_path, f"DEVICE=cuda:99\nMETRICS_PORT={port}\n").metrics_port == port


def test_files_that_are_not_utf8(tmp_path):
    words = tmp_path / "palabras.txt"
    words.write_bytes("ñandú".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"BLOCKED_WORDS_FILE: .* no está en UTF-8"):
        load(tmp_path, f"BLOCKED_WORDS_FILE={words}")
    env_file = tmp_path / "latin.env"
    env_file.write_bytes("HF_TOKEN=ñandú".encode("latin-1"))
    with pytest.raises(ConfigError, match="no está en UTF-8"):
        load_settings(env_file, {})


def test_database_url(tmp_path):
    for url in ("hola", "mysql://u:secreta@host/db", "sqlite+aiosqlite://"):
        (problem,) = problems_of(tmp_path, f"DATABASE_URL={url}")
        assert problem.startswith("DATABASE_URL: no es una dirección de SQLite")
        assert "secreta" not in problem
    url = "postgresql+asyncpg://u:secreta@host/db"
    assert load(tmp_path, f"DATABASE_URL={url}").database_url == url


def test_a_database_whose_driver_is_not_installed(monkeypatch):
    url = "postgresql://u:secreta@host/db"

    def load_tried():
        return load_settings(None, {"DATABASE_URL": url}, tried=("database_url",)).database_url

    monkeypatch.setattr("bot.machine.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: falta el extra «postgresql»"):
        load_tried()
    monkeypatch.setattr("bot.machine.find_spec", str)
    assert load_tried() == url


@pytest.mark.parametrize("key", ["DISCORD_GUILD_IDS", "MODELS"])
def test_a_list_without_anything_in_it_is_no_empty_value(tmp_path, key):
    """An empty list of servers means all of them."""
    (problem,) = problems_of(tmp_path, f"{key}=,")
    assert problem.startswith(f"{key}: solo tiene comas.")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("discord_guild_ids", "DISCORD_GUILD_IDS"),
        ("Data_Dir", "DATA_DIR"),
        ("DISCORD_GUILD_ID", "¿Querías decir DISCORD_GUILD_IDS?"),
        ("DISCORD_COLOUR", "no conozco esa clave"),
    ],
)
def test_a_variable_that_can_only_be_ours_is_judged_too(key, said):
    """Docker hands the file's lines over as variables of the process."""
    with pytest.raises(ConfigError) as refusal:
        load_settings(None, {key: "123", "PATH": "/bin", "model": "x"})
    assert len(refusal.value.problems) == 1
    assert key in refusal.value.problems[0]
    assert said in refusal.value.problems[0]


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        ("openai:gpt-x", "openai:nombre@dirección"),
        ("openai:gpt-x@example.org/v1", "http:// o https://"),
        ("openai:gpt-x@https://ana:clave-secreta@example.org/v1", "OPENAI_API_KEY"),
        ("openai:gpt-x@https://example.org/v1?clave=1", "sin ? ni #"),
    ],
)
def test_an_address_that_is_no_server(tmp_path, models, reason):
    (problem,) = problems_of(tmp_path, f"MODELS={models}")
    assert problem.startswith("MODELS: ")
    assert reason in problem
    assert "clave-secreta" not in problem


def test_the_addresses_of_served_engines(tmp_path):
    loaded = load(tmp_path, "ENGINE_URL=http://10.0.0.2:8000/, http://10.0.0.3:8000")
    assert loaded.engine_url == ("http://10.0.0.2:8000", "http://10.0.0.3:8000")
    assert load(tmp_path, "ENGINE_URL=").engine_url == ()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("10.0.0.2:8000", "http:// o https://"),
        ("http://", "dirección entera"),
        ("http://ana:clave-secreta@10.0.0.2", "contraseña"),
        ("http://10.0.0.2:8000?a=1", "sin ? ni #"),
    ],
)
def test_an_address_that_is_no_engine(tmp_path, address, reason):
    (problem,) = problems_of(tmp_path, f"ENGINE_URL={address}")
    assert problem.startswith("ENGINE_URL: ")
    assert reason in problem
    assert "clave-secreta" not in problem


def test_each_server_has_its_own_key(tmp_path):
    one = "openai:gpt-x@https://uno.example/v1"
    two = "openai:y@http://dos.example:8000/v1"
    loaded = load(tmp_path, f"MODELS={one},unicornio-9m\nOPENAI_API_KEY=sk-uno=")
    assert {host: key.get_secret_value() for host, key in loaded.server_keys.items()} == {
        "uno.example": "sk-uno="
    }
    assert "sk-uno" not in repr(loaded)
    both = f"MODELS={one},{two}\nOPENAI_API_KEY="
    pairs = load(tmp_path, f"{both}uno.example=sk-1, dos.example:8000=sk-2").server_keys
    assert [key.get_secret_value() for key in pairs.values()] == ["sk-1", "sk-2"]
    for key, reason in (("sk-1", "varios servidores"), ("tres.example=sk-1", "servidor=clave")):
        (problem,) = problems_of(tmp_path, both + key)
        assert problem.startswith("OPENAI_API_KEY: ")
        assert reason in problem
        assert "sk-1" not in problem


def test_a_key_without_servers_is_nobodys(tmp_path):
    assert load(tmp_path, "", OPENAI_API_KEY="sk-otro").server_keys == {}


@pytest.mark.parametrize("typed", ["Profesorado", "  Profe de NLP ", "123456789012345678"])
def test_a_role_is_a_name_or_an_id(tmp_path, typed):
    assert load(tmp_path, f"TEACHER_ROLE={typed}\n").teacher_role == typed.strip()


@pytest.mark.parametrize("typed", ["@Profesorado", "<@&123>", "x" * 101])
def test_what_is_no_role_is_refused_with_what_to_write(tmp_path, typed):
    (problem,) = problems_of(tmp_path, f"TEACHER_ROLE={typed}\n")
    assert problem.startswith("TEACHER_ROLE: ")
    assert "rol" in problem


@pytest.mark.parametrize(
    ("typed", "ids"), [("0", (0,)), ("0,1", (0, 1)), ("0-2", (0, 1, 2)), (" 5 , 0 - 1 ", (0, 1, 5))]
)
def test_the_shards_of_a_process(tmp_path, typed, ids):
    database = "DATABASE_URL=sqlite:///datos/unicornio.db"
    loaded = load(tmp_path, f"SHARD_IDS={typed}\nSHARD_COUNT=8\n{database}\n")
    assert (loaded.shards.ids, loaded.shards.are_some) == (ids, True)


def test_a_process_with_all_the_shards_needs_no_common_database(tmp_path):
    assert not load(tmp_path, "SHARD_IDS=0-3\nSHARD_COUNT=4\n").shards.are_some
    assert load(tmp_path, "SHARD_IDS=\nSHARD_COUNT=\n").shards == Shards()


@pytest.mark.parametrize(
    ("lines", "key", "reason"),
    [
        ("SHARD_IDS=0", "SHARD_IDS", "va con SHARD_COUNT"),
        ("SHARD_COUNT=2", "SHARD_IDS", "va con SHARD_COUNT"),
        ("SHARD_IDS=0,2\nSHARD_COUNT=2", "SHARD_IDS", "van de 0 a 1"),
        ("SHARD_IDS=0,0-1\nSHARD_COUNT=2", "SHARD_IDS", "repite"),
        ("SHARD_IDS=uno\nSHARD_COUNT=2", "SHARD_IDS", "tramos como 0-3"),
        ("SHARD_IDS=3-0\nSHARD_COUNT=4", "SHARD_IDS", "tramos como 0-3"),
        ("SHARD_IDS=0-999999999\nSHARD_COUNT=2", "SHARD_IDS", "tramos como 0-3"),
        ("SHARD_IDS=0\nSHARD_COUNT=0", "SHARD_COUNT", "1 o más"),
        ("SHARD_IDS=0\nSHARD_COUNT=2", "DATABASE_URL", "comparten la base de datos"),
    ],
)
def test_shards_that_cannot_be_are_refused(tmp_path, lines, key, reason):
    (problem,) = problems_of(tmp_path, f"{lines}\n")
    assert problem.startswith(f"{key}: ")
    assert reason in problem
