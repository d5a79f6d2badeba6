import json
import logging

import pytest

from bot.process.logs import JsonFormatter, TextFormatter, configure_logging, log_held


def record(**extra) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "bot.x", "levelname": "INFO", "msg": "job done"})
    vars(made).update(extra)
    return made


def test_json_lines_carry_the_extra_fields():
    line = json.loads(JsonFormatter().format(record(job_id="a1", seconds=2.5)))
    assert line["event"] == "job done"
    assert line["job_id"] == "a1"
    assert line["seconds"] == 2.5


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_exceptions_show_where_and_what_but_not_what_they_say(formatter):
    said = "texto de otra persona"

    def fail() -> None:
        try:
            raise KeyError(said)
        except KeyError as error:
            raise ValueError("más texto") from error

    with pytest.raises(ValueError, match="más") as caught:
        fail()
    made = record()
    made.exc_info = (caught.type, caught.value, caught.tb)
    line = formatter.format(made)
    assert "builtins.ValueError" in line
    assert "builtins.KeyError" in line
    assert "in fail" in line
    assert said not in line


def test_the_database_driver_does_not_log_what_it_stores():
    configure_logging("DEBUG", "text")
    assert not logging.getLogger("aiosqlite").isEnabledFor(logging.DEBUG)
    assert logging.getLogger("bot").isEnabledFor(logging.DEBUG)


def test_text_lines_carry_the_extra_fields():
    assert TextFormatter().format(record(job_id="a1")).endswith("bot.x: job done job_id='a1'")


@pytest.fixture
def root():
    """The root logger, as it was before."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.captureWarnings(capture=False)


def test_lines_that_are_held_come_after_the_block_in_order(root, capsys):
    configure_logging("INFO", "text")
    with log_held():
        logging.getLogger("engine").info("one")
        logging.getLogger("py.warnings").warning("two")
        assert capsys.readouterr().err == ""
    said = capsys.readouterr().err
    assert said.index("engine: one") < said.index("two")
    logging.getLogger("engine").info("three")
    assert "three" in capsys.readouterr().err


def test_a_command_for_a_person_says_in_spanish_that_there_was_a_warning(root, capsys):
    configure_logging("INFO", "text", is_service=False)
    logging.getLogger("engine").info("loaded")
    for library in ("discord", "py.warnings", "simcord.gateway", "transformers.x", "torch"):
        logging.getLogger(library).warning("deprecated")
    logging.getLogger("engine.models").warning("cached")
    logging.getLogger("engine.models").warning("cached again")
    logging.getLogger("discord.client").error("Ignoring exception", exc_info=ValueError("x"))
    assert capsys.readouterr().err.splitlines() == [
        "Aviso de este programa (engine.models): no impide seguir. "
        "Con LOG_LEVEL=DEBUG se lee entero.",
        "Error en una biblioteca (discord.client): algo no ha salido. "
        "Con LOG_LEVEL=DEBUG se lee entero.",
    ]


@pytest.mark.parametrize(("level", "log_format"), [("DEBUG", "text"), ("WARNING", "json")])
def test_whoever_asks_for_the_log_gets_all_of_it(root, capsys, level, log_format):
    configure_logging(level, log_format, is_service=False)
    logging.getLogger("engine").warning("cached")
    logging.getLogger("engine").warning("cached again")
    assert "cached again" in capsys.readouterr().err


def test_a_process_among_several_is_named_in_each_line(root, capsys):
    configure_logging("INFO", "text", shards="0,1")
    logging.getLogger("bot.x").info("job done")
    assert capsys.readouterr().err.endswith("bot.x: job done shards='0,1'\n")
