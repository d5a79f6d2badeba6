import json
import logging

import pytest

from bot.logs import JsonFormatter, TextFormatter


def record(**extra) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "bot.x", "levelname": "INFO", "msg": "job done"})
    vars(made).update(extra)
    return made


def test_json_lines_carry_the_extra_fields():
    line = json.loads(JsonFormatter().format(record(job_id="a1", seconds=2.5)))
    assert line["event"] == "job done"
    assert line["job_id"] == "a1"
    assert line["seconds"] == 2.5


def test_json_lines_carry_the_exception():
    with pytest.raises(ValueError, match="boom") as caught:
        raise ValueError("boom")
    made = record()
    made.exc_info = (caught.type, caught.value, caught.tb)
    assert "ValueError: boom" in json.loads(JsonFormatter().format(made))["exception"]


def test_text_lines_carry_the_extra_fields():
    assert TextFormatter().format(record(job_id="a1")).endswith("bot.x: job done job_id='a1'")
