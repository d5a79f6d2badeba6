"""Edits: throttled, newest only, and a last one that gets through."""

import asyncio
from io import BytesIO
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.messages import responses
from bot.messages.live import LiveMessage, Page


def page(text):
    return lambda: Page(content=text)


def http_error(status, code=0):
    return discord.HTTPException(SimpleNamespace(status=status, reason="x"), {"code": code})


class Discord:
    """Collects what was edited; fails as told."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.contents = []
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def edit(self, shown):
        self.started.set()
        await self.go_on.wait()
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure
        self.contents.append(shown.content)


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch):
    monkeypatch.setattr(responses, "_RETRY_AFTER_S", (0.0, 0.0, 0.0))


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_only_the_newest_page_is_shown_after_the_first():
    served = Discord()
    message = LiveMessage(served.edit, interval_s=0.05)
    message.show(page("a"))
    await settle()
    for text in "bcde":
        message.show(page(text))
    assert served.contents == ["a"]
    await asyncio.sleep(0.1)
    assert served.contents == ["a", "e"]


async def test_pages_that_are_never_shown_are_never_built():
    served, built = Discord(), []
    message = LiveMessage(served.edit, interval_s=60)

    def build(text):
        built.append(text)
        return Page(content=text)

    for text in "abc":
        message.show(lambda text=text: build(text))
    await settle()
    assert built == ["c"]


async def test_the_last_page_does_not_wait_for_the_interval():
    served = Discord()
    message = LiveMessage(served.edit, interval_s=60)
    message.show(page("a"))
    await settle()
    message.show(page("b"))
    assert await message.finish(Page(content="fin"))
    assert served.contents == ["a", "fin"]


async def test_an_edit_under_way_cannot_overtake_the_last_one():
    served = Discord()
    served.go_on.clear()
    message = LiveMessage(served.edit, interval_s=60)
    message.show(page("a"))
    await served.started.wait()
    ending = asyncio.create_task(message.finish(Page(content="fin")))
    await settle()
    assert served.contents == []
    served.go_on.set()
    await ending
    assert served.contents == ["a", "fin"]


@pytest.mark.parametrize(
    "failure",
    [http_error(500), http_error(429), aiohttp.ServerDisconnectedError(), OSError(104, "reset")],
)
async def test_a_failed_progress_edit_does_not_matter(failure):
    served = Discord(failure)
    message = LiveMessage(served.edit, interval_s=60)
    message.show(page("a"))
    await settle()
    assert await message.finish(Page(content="fin"))
    assert served.contents == ["fin"]


async def test_the_last_edit_is_tried_again():
    served = Discord(http_error(502), aiohttp.ServerDisconnectedError(), TimeoutError())
    assert await LiveMessage(served.edit, interval_s=1).finish(Page(content="fin"))
    assert served.contents == ["fin"]


async def test_it_gives_up_in_the_end():
    served = Discord(*[http_error(502)] * 9)
    assert not await LiveMessage(served.edit, interval_s=1).finish(Page(content="fin"))
    assert len(served.failures) == 5


@pytest.mark.parametrize("error", [http_error(404, 10008), http_error(401, 50027)])
async def test_a_message_that_is_gone_is_left_alone(error):
    served = Discord(error)
    message = LiveMessage(served.edit, interval_s=1)
    message.show(page("a"))
    await settle()
    assert message.is_gone
    message.show(page("b"))
    assert not await message.finish(Page(content="fin"))
    assert served.contents == []


async def test_a_page_that_discord_refuses_is_not_tried_again():
    served = Discord(http_error(400, 50035), None)
    with pytest.raises(discord.HTTPException):
        await LiveMessage(served.edit, interval_s=1).finish(Page(content="fin"))
    assert served.contents == []


def test_a_file_can_be_sent_more_than_once():
    shown = Page(content="x", files=(discord.File(BytesIO(b"abc"), "a.txt", description="d"),))
    for _ in range(2):
        (file,) = shown.edit_arguments()["attachments"]
        assert (file.fp.read(), file.filename, file.description) == (b"abc", "a.txt", "d")


async def test_a_v2_page_has_no_content():
    view = discord.ui.LayoutView()
    assert "content" not in Page(view=view).edit_arguments()
    assert Page(content="x").edit_arguments()["content"] == "x"
