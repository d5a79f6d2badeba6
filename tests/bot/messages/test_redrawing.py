"""A message that many change at once: few drawings, and whoever asked has been drawn."""

import asyncio

import pytest

from bot.messages.redrawing import Redrawing


class Board:
    """Something that people count up, and what was shown of it."""

    def __init__(self):
        self.count, self.shown, self.failures = 0, [], []
        self.drawing = 0

    async def draw(self):
        self.drawing += 1
        assert self.drawing == 1, "two drawings at once"
        seen = self.count
        await asyncio.sleep(0.001)
        self.drawing -= 1
        if self.failures:
            raise self.failures.pop()
        self.shown.append(seen)

    async def change(self, redrawing, message_id=1):
        self.count += 1
        mine = self.count
        await redrawing.redraw(message_id, self.draw)
        return mine


async def test_many_changes_at_once_are_few_drawings_and_the_last_shows_them_all():
    redrawing, board = Redrawing(interval_s=0.02), Board()
    changes = [asyncio.create_task(board.change(redrawing)) for _ in range(50)]
    await asyncio.gather(*changes)
    assert board.shown[-1] == 50
    assert len(board.shown) <= 3


async def test_whoever_changed_something_has_seen_it_drawn():
    redrawing, board = Redrawing(interval_s=0.0), Board()

    async def person(number):
        await asyncio.sleep(0.0007 * number)
        mine = await board.change(redrawing)
        assert board.shown[-1] >= mine

    await asyncio.gather(*(person(number) for number in range(30)))


async def test_a_drawing_that_fails_is_told_to_one_and_drawn_for_the_others():
    redrawing, board = Redrawing(interval_s=0.0), Board()
    board.failures = [ZeroDivisionError()]
    done = await asyncio.gather(
        *(board.change(redrawing) for _ in range(5)), return_exceptions=True
    )
    assert [isinstance(found, ZeroDivisionError) for found in done].count(True) == 1
    assert board.shown[-1] == 5


async def test_whoever_gives_up_leaves_the_drawing_to_the_next():
    redrawing, board = Redrawing(interval_s=0.0), Board()
    first = asyncio.create_task(board.change(redrawing))
    second = asyncio.create_task(board.change(redrawing))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    board.drawing = 0
    await second
    assert board.shown == [2]


async def test_messages_do_not_wait_for_each_other():
    redrawing, board = Redrawing(interval_s=60), Board()
    for message_id in range(300):
        await board.change(redrawing, message_id)
    assert board.shown == list(range(1, 301))
    assert len(redrawing._messages) <= 257
