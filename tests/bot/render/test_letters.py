"""Letters that a phone shows too small are seen; `features/conftest.py` watches all pictures."""

from bot.render.sheet import PHONE_WIDTH, Sheet
from tests.bot.render.letters import letters, too_small


def test_small_letters_are_seen_however_they_are_written():
    with letters() as seen:
        Sheet(50, 2 * PHONE_WIDTH).text(0, 9, "small", size=21.9)
        Sheet(50, 2 * PHONE_WIDTH).text(0, 9, "large", size=22)
        Sheet(50, PHONE_WIDTH).upward(9, 40, "upward", size=10.9, max_width=40)
        Sheet(50, PHONE_WIDTH).formula(0, 9, "$p$", colour="#ffffff", size=10.9)
    assert [text for _, text in too_small(seen)] == ["small", "upward", "$p$"]
    assert len(seen) == 4
