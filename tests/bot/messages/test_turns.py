"""Which click turned a message last."""

from bot.messages import turns
from bot.messages.turns import Turns


def test_the_newest_click_on_a_message_is_the_one_that_counts():
    noted = Turns()
    noted.note(1, 10)
    noted.note(2, 20)
    noted.note(1, 11)
    assert not noted.is_latest(1, 10)
    assert noted.is_latest(1, 11)
    assert noted.is_latest(2, 20)
    assert not noted.is_latest(3, 11)


def test_messages_turned_longest_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(turns, "_MESSAGES_KEPT", 2)
    noted = Turns()
    for message_id in (1, 2, 1, 3):
        noted.note(message_id, 10 * message_id)
    assert [noted.is_latest(i, 10 * i) for i in (1, 2, 3)] == [True, False, True]
