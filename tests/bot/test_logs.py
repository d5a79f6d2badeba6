import json
import logging

import pytest

from bot.logs import JsonFormatter, TextFormatter, configure_logging


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
