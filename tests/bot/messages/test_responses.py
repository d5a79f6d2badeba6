"""The first answer, despite the network."""

from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.messages import responses
from bot.messages.responses import acknowledge, acknowledge_click, is_acknowledged, is_private, say
from bot.render.numbers import percent, plain_spaces


def http_error(status, code):
    return discord.HTTPException(SimpleNamespace(status=status, reason="x"), {"code": code})


class Interaction:
    """The part of an interaction that answers; fails as told."""

    def __init__(self, *failures, kind=discord.InteractionType.application_command):
        self.failures = list(failures)
        self.sent = []
        self.extras = {}
        self.type = kind
        self.id = 1
        self.user = SimpleNamespace(id=2)
        self.response = self
        self.followup = SimpleNamespace(send=self._follow_up)

    def is_done(self):
        return False

    def _fail(self):
        if self.failures:
            raise self.failures.pop(0)

    async def defer(self, **_):
        self._fail()
        return SimpleNamespace(message_id=3)

    async def send_message(self, text, *, files, ephemeral):
        self._fail()
        self.sent.append(("first", text, ephemeral))

    async def edit_original_response(self, *, content, attachments):
        self._fail()
        self.sent.append(("original", content))

    async def _follow_up(self, text, *, files, ephemeral):
        self._fail()
        self.sent.append(("follow-up", text, ephemeral))


async def test_a_broken_connection_is_tried_again():
    interaction = Interaction(aiohttp.ServerDisconnectedError(), OSError(104, "reset"))
    assert await acknowledge(interaction, ephemeral=True) == (True, 3)
    assert is_acknowledged(interaction)


async def test_an_acknowledgement_whose_answer_was_lost_counts():
    interaction = Interaction(aiohttp.ServerDisconnectedError(), http_error(400, 40060))
    assert await acknowledge(interaction, ephemeral=False) == (True, None)
    await say(interaction, "hola")
    assert interaction.sent == [("original", "hola")]


async def test_what_is_said_fills_in_the_message_that_is_thinking(monkeypatch):
    monkeypatch.setattr(responses, "_RETRY_AFTER_S", (0.0, 0.0))
    interaction = Interaction()
    await acknowledge(interaction, ephemeral=True)
    interaction.failures = [http_error(502, 0), aiohttp.ServerDisconnectedError()]
    for text in ("hola", "adiós"):
        await say(interaction, text)
    assert interaction.sent == [("original", "hola"), ("follow-up", "adiós", True)]


async def test_a_dead_token_is_no_error():
    assert await acknowledge(Interaction(http_error(404, 10062)), ephemeral=False) == (False, None)
    await acknowledge_click(Interaction(http_error(404, 10062)))
    await say(Interaction(http_error(404, 10062)), "hola")


async def test_other_refusals_are_errors():
    for respond in (acknowledge_click, lambda i: acknowledge(i, ephemeral=True)):
        with pytest.raises(discord.HTTPException):
            await respond(Interaction(http_error(400, 50035)))


async def test_what_is_said_first_is_private():
    interaction = Interaction()
    await say(interaction, "hola")
    assert interaction.sent == [("first", "hola", True)]


async def test_a_tiny_share_is_said_in_words():
    interaction = Interaction()
    await say(interaction, f"repetición del {percent(0.001, 0)}")
    assert [plain_spaces(text) for _, text, _ in interaction.sent] == [
        "repetición de menos del 1 %"
    ]


async def test_a_follow_up_is_not_sent_twice(caplog):
    interaction = Interaction(aiohttp.ServerDisconnectedError())
    interaction.extras["is_acknowledged"] = True
    await say(interaction, "hola")
    assert interaction.sent == []
    assert "could not answer" in caplog.text


async def test_nothing_is_said_to_an_autocomplete():
    interaction = Interaction(kind=discord.InteractionType.autocomplete)
    await say(interaction, "hola")
    assert interaction.sent == []


@pytest.mark.parametrize(
    ("visibility", "asked", "by_default", "expected"),
    [
        ("auto", None, True, True),
        ("auto", None, False, False),
        ("public", None, True, False),
        ("private", None, False, True),
        ("private", False, False, False),
        ("public", True, False, True),
    ],
)
def test_visibility(visibility, asked, by_default, expected):
    assert is_private(visibility, asked, by_default=by_default) is expected
