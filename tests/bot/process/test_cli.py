"""The command line: exit codes, Spanish words, and never the token."""

import errno
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

import bot.__main__ as cli
from bot.process import texts
from bot.process.connection_texts import BAD_TOKEN
from bot.process.health import Heartbeat
from tests.bot.storage.make_fixture import fill

ROOT = Path(__file__).parents[3]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """Nothing of the machine's configuration counts, and this process keeps its own."""
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path / "datos")})
    monkeypatch.setattr(cli, "configure_logging", lambda *_, **__: None)
    monkeypatch.setattr(cli, "configure_threads", lambda *_: None)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.chdir(tmp_path)


def run(capsys, *arguments, **environ):
    """Return the exit code, what was said, and what was said about problems."""
    os.environ.update(environ)
    try:
        code = cli.main(arguments)
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err
    return code, said.out, said.err


@pytest.mark.parametrize("command", [(), ("run",), ("invite",)])
def test_what_needs_a_token_says_so(capsys, command):
    code, said, problems = run(capsys, *command)
    assert (code, said) == (2, "")
    assert problems.startswith("La configuración tiene 1 problema:\n  · DISCORD_TOKEN: falta.")


def test_every_problem_of_the_configuration_at_once(capsys):
    code, _, problems = run(capsys, "check", DISCORD_TOKEN="hola", MAX_QUEUE="0", DEFAULT_TOP_P="7")
    assert code == 2
    assert problems.startswith("La configuración tiene 3 problemas:\n")
    assert problems.count("\n  · ") == 3


def test_the_file_named_must_exist(capsys, tmp_path):
    code, _, problems = run(capsys, "--env-file", str(tmp_path / "nada.env"), "check")
    assert code == 2
    assert f"No existe el archivo de configuración {tmp_path}/nada.env." in problems


def test_the_file_named_is_read(capsys, tmp_path):
    (tmp_path / "mi.env").write_text(f"DISCORD_TOKEN={TOKEN}\n", encoding="utf-8")
    code, said, _ = run(capsys, "--env-file", str(tmp_path / "mi.env"), "invite")
    assert code == 0
    assert said.startswith("https://discord.com/")


def test_the_invitation(capsys):
    code, said, problems = run(capsys, "invite", DISCORD_TOKEN=TOKEN)
    assert (code, problems) == (0, "")
    assert "client_id=123456789012345678" in said


def test_a_token_that_names_no_application(capsys):
    code, said, problems = run(capsys, "invite", DISCORD_TOKEN="hola.b.c")
    assert (code, said) == (2, "")
    assert BAD_TOKEN in problems


def test_health(capsys, tmp_path):
    assert run(capsys, "health")[:2] == (
        1,
        texts.NO_HEARTBEAT.format(data_dir=tmp_path / "datos") + "\n",
    )
    (tmp_path / "datos").mkdir()
    for is_well in (True, False):
        Heartbeat(time_s=time.time(), is_gateway_ready=is_well, is_engine_answering=True).write(
            tmp_path / "datos"
        )
        expected = (0, texts.HEALTHY) if is_well else (1, texts.GATEWAY_DOWN)
        assert run(capsys, "health")[:2] == (expected[0], expected[1] + "\n")


async def test_a_backup(capsys, tmp_path):
    await fill(tmp_path / "datos")
    target = tmp_path / "copia.db"
    assert run(capsys, "backup", str(target))[:2] == (0, f"Copia guardada en {target}.\n")
    with closing(sqlite3.connect(target)) as copied:
        assert copied.execute("SELECT count(*) FROM replies").fetchone() == (2,)
    code, _, problems = run(capsys, "backup", str(target))
    assert code == 1
    assert "elige otro nombre" in problems
    code, _, problems = run(capsys, "backup", str(tmp_path / "nada" / "copia.db"))
    assert code == 1
    assert "No he podido copiar" in problems


def test_the_check_decides_the_exit_code(capsys, monkeypatch):
    from bot.process import check as checking

    for is_well in (True, False):

        async def check(settings, say, is_well=is_well):
            say("tabla")
            return is_well

        monkeypatch.setattr(checking, "check", check)
        assert run(capsys, "check")[:2] == (0 if is_well else 1, "tabla\n")


def test_a_service_that_cannot_start(capsys, monkeypatch):
    from bot.process import service

    async def serve(settings, say):
        raise service.StartupError("No hay disco.")

    monkeypatch.setattr(service, "serve", serve)
    assert run(capsys, DISCORD_TOKEN=TOKEN) == (1, "", "No hay disco.\n")


def test_a_service_that_was_stopped(capsys, monkeypatch):
    from bot.process import service

    async def serve(settings, say):
        say(texts.STOPPED)

    monkeypatch.setattr(service, "serve", serve)
    assert run(capsys, DISCORD_TOKEN=TOKEN) == (0, "Hasta luego.\n", "")


def test_words_that_make_no_sense(capsys):
    for arguments, parser in (
        (("bailar",), "python -m bot"),
        (("health", "--deprisa"), "python -m bot"),
        (("backup",), "python -m bot backup"),
    ):
        code, said, problems = run(capsys, *arguments)
        assert (code, said) == (2, "")
        assert problems == f"No entiendo esa orden. Mira las que hay con: {parser} --help\n"


def test_the_help_of_a_command_says_its_use_once(capsys):
    code, said, _ = run(capsys, "demo", "--help")
    assert code == 0
    assert said.startswith("uso: python -m bot demo ")


def test_the_help_is_spanish(capsys):
    code, said, _ = run(capsys, "--help")
    assert code == 0
    assert said.startswith("uso: python -m bot")
    assert "usage" not in said
    assert "options" not in said


def process(tmp_path, *arguments, **environ):
    """Run the real process; nothing of this one's configuration reaches it."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), **environ},
        check=False,
    )


def test_the_process_invites(tmp_path):
    ended = process(tmp_path, "invite", DISCORD_TOKEN=TOKEN)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "client_id=123456789012345678" in ended.stdout
    assert TOKEN not in ended.stdout


def test_the_process_refuses_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "datos").touch()
    ended = process(tmp_path, DISCORD_TOKEN=TOKEN, DATA_DIR="datos", MODELS="/nada")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("No puedo abrir la base de datos (")
    assert "Traceback" not in ended.stderr
    assert TOKEN not in ended.stderr


def test_the_process_checks_what_it_would_use(tmp_path):
    ended = process(tmp_path, "check", DATA_DIR="datos", MODELS="/nada")
    assert ended.returncode == 1
    assert "✗ Token de Discord" in ended.stdout
    assert "✓ Base de datos" in ended.stdout
    assert "✗ Modelo /nada" in ended.stdout
    assert "no existe con ese nombre" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_process_checks_its_file_before_any_model_is_loaded(tmp_path):
    (tmp_path / ".env").write_text(
        "DISCORD_GUILD_IDS: 1\ndiscord_token=x\nMODELS=gemma-3-271m\nDEVICE=cuda:99\n"
    )
    for command in ("check", "run"):
        ended = process(tmp_path, command)
        assert (ended.returncode, ended.stdout) == (2, "")
        said = ended.stderr.splitlines()
        expected = [".env, línea 1", "discord_token", "MODELS", "DEVICE"]
        if command == "run":
            expected.insert(2, "DISCORD_TOKEN")
        assert [line.removeprefix("  · ").split(":")[0] for line in said[1:]] == expected
    assert not (tmp_path / ".local").exists()


def test_a_check_says_nothing_but_its_table(tmp_path):
    ended = process(tmp_path, "check", DISCORD_TOKEN=TOKEN, DATA_DIR="datos", MODELS="unicornio-9m")
    assert ended.returncode == 0
    bars = [line for line in ended.stderr.replace("\r", "\n").splitlines() if line.strip()]
    assert bars
    names = {"unicornio-9m", "unicornio-huecos", "unicornio-tildes"}
    assert {line.partition(": ")[0] for line in bars} == names
    assert all(line.endswith(" %") for line in bars)


def test_words_for_a_full_disk_are_lost_not_the_bot(monkeypatch, tmp_path):
    class Full(StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "stdout", Full())
    assert cli.main(["health"]) == 1
