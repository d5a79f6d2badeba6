"""The progress bar in the terminal."""

import errno
import sys
from io import StringIO
from threading import Thread

import pytest
from tqdm import tqdm

from bot.process.preparation import PreparationBar


def lines(capsys):
    return [line.strip() for line in capsys.readouterr().err.split("\r") if line.strip()]


def test_each_phase_has_its_bar_and_ends_full(capsys):
    with PreparationBar() as bar:
        bar("gemma", "download", 0.5)
        bar("gemma", "load", None)
        bar("gemma", "load", 1.0)
    shown = lines(capsys)
    assert any(line.startswith("gemma: descargando") and line.endswith("100 %") for line in shown)
    assert shown[-1].startswith("gemma: cargando")
    assert shown[-1].endswith("100 %")


@pytest.mark.parametrize("share", [None, 0.25])
def test_what_was_interrupted_is_not_shown_as_done(capsys, share):
    with PreparationBar() as bar:
        bar("gemma", "load", share)
    assert not any("100 %" in line for line in lines(capsys))


def test_a_finished_bar_is_not_shown_again(capsys):
    with PreparationBar() as bar:
        bar("gemma", "load", 1.0)
        capsys.readouterr()
        bar("gemma", "load", 1.0)
    assert lines(capsys) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        ValueError("I/O operation on closed file"),
    ],
)
def test_a_terminal_that_takes_nothing_stops_neither_the_loading_nor_later_bars(monkeypatch, error):
    class Full(StringIO):
        def write(self, text):
            raise error

    monkeypatch.setattr(sys, "stderr", Full())
    with PreparationBar() as bar:
        bar("gemma", "download", 0.5)
        bar("gemma", "load", 1.0)
    later = Thread(target=lambda: tqdm(total=1, file=StringIO()).close(), daemon=True)
    later.start()
    later.join(10)
    assert not later.is_alive()
