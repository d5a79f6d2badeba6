"""The rules of turning, opening and publishing a page, without Discord."""

from contextlib import contextmanager
from types import SimpleNamespace

import discord
import pytest

from bot.messages.errors import UserError
from bot.messages.live import Page
from bot.messages.place import Place
from bot.ui import turning

ANA, LUIS = 1, 2
REPLY_ID = "f" * 32
_REFUSAL = discord.HTTPException(SimpleNamespace(status=403, reason="Forbidden"), "no")


class Client:
    """Has one page, of which it notes who built it where, and how many requests are counted."""

    def __init__(self, *, is_for_one=False, is_costly=False, error=None):
        self.pages = dict.fromkeys(
            [Place().page],
            SimpleNamespace(is_for_one=is_for_one, is_costly=is_costly, build=self._build),
        )
        self.storage = SimpleNamespace(replies=SimpleNamespace(set_public=self._set_public))
        self.limits = SimpleNamespace(admit=self._admit)
        self.public, self.readings, self.running, self.counted = [], [], [], []
        self._error = error

    async def _build(self, reading):
        self.counted.append(list(self.running))
        if self._error is not None:
            raise self._error
        self.readings.append(reading)
        return Page(view=discord.ui.LayoutView(timeout=None))

    async def _set_public(self, reply_id, *, is_public=True):
        if is_public:
            self.public.append(reply_id)
        else:
            self.public.remove(reply_id)

    async def _admit(self, user_id):
        return self._admitted(user_id)

    @contextmanager
    def _admitted(self, user_id):
        self.running.append(user_id)
        try:
            yield
        finally:
            self.running.remove(user_id)


class Click:
    """A click on a message, and what became of it in order."""

    def __init__(self, client, user_id=ANA, *, ephemeral=True, error=None):
        self.client, self.user = client, SimpleNamespace(id=user_id)
        self.message = SimpleNamespace(flags=SimpleNamespace(ephemeral=ephemeral))
        self.followup = SimpleNamespace(send=self._send)
        self.done = []
        self.is_private = True
        self._error = error

    async def edit_original_response(self, **_):
        self.done.append("shown")

    async def _send(self, *, ephemeral, **_):
        self.public_when_sent = list(self.client.public)
        if self._error is not None:
            raise self._error
        self.done.append("sent to one" if ephemeral else "sent to all")


@pytest.fixture(autouse=True)
def _acknowledgements(monkeypatch):
    async def acknowledge(interaction, *, ephemeral):
        interaction.done.append("own" if ephemeral else "channel")
        return True, None

    async def acknowledge_click(interaction):
        interaction.done.append("this one")

    async def stored_reply(interaction, reply_id):
        return SimpleNamespace(reply_id=reply_id, is_private=interaction.is_private)

    for stand_in in (acknowledge, acknowledge_click, stored_reply):
        monkeypatch.setattr(turning, stand_in.__name__, stand_in)


@pytest.mark.parametrize("publisher", [0, ANA])
async def test_a_page_of_ones_own_turns_where_it_stands(publisher):
    client = Client()
    click = Click(client)
    place = Place(step=3, publisher=publisher)
    await turning.turn_to(click, REPLY_ID, place)
    assert click.done == ["this one", "shown"]
    (reading,) = client.readings
    assert (reading.place, reading.reader_id, reading.reply.reply_id) == (place, ANA, REPLY_ID)


async def test_a_page_of_somebody_elses_copy_opens_ones_own():
    client = Client()
    click = Click(client, LUIS, ephemeral=False)
    await turning.turn_to(click, REPLY_ID, Place(step=3, publisher=ANA))
    assert click.done == ["own", "shown"]
    (reading,) = client.readings
    assert (reading.place, reading.reader_id) == (Place(step=3), LUIS)


async def test_a_page_that_is_for_one_never_turns_in_the_channel():
    client = Client(is_for_one=True)
    shared = Click(client, ephemeral=False)
    await turning.turn_to(shared, REPLY_ID, Place(publisher=ANA))
    assert shared.done == ["own", "shown"]
    assert not client.readings[0].place.is_public
    private = Click(client)
    await turning.turn_to(private, REPLY_ID, Place())
    assert private.done == ["this one", "shown"]


WAYS = pytest.mark.parametrize("way", [turning.turn_to, turning.open_at, turning.publish])


@WAYS
async def test_a_costly_page_counts_as_a_request_while_it_is_built(way):
    client = Client(is_costly=True)
    await way(Click(client), REPLY_ID, Place(publisher=ANA))
    assert client.counted == [[ANA]]
    assert client.running == []


@WAYS
async def test_a_costly_page_that_fails_gives_its_request_back(way):
    client = Client(is_costly=True, error=UserError("no"))
    with pytest.raises(UserError):
        await way(Click(client), REPLY_ID, Place(publisher=ANA))
    assert client.counted == [[ANA]]
    assert client.running == []


@WAYS
async def test_a_page_that_asks_nothing_counts_as_no_request(way):
    client = Client()
    await way(Click(client), REPLY_ID, Place(publisher=ANA))
    assert client.counted == [[]]


async def test_publishing_shows_everybody_and_makes_the_text_public():
    client = Client()
    click = Click(client)
    await turning.publish(click, REPLY_ID, Place(publisher=ANA))
    assert click.done == ["this one", "sent to all"]
    assert client.public == click.public_when_sent == [REPLY_ID]


@pytest.mark.parametrize(
    ("error", "was_private", "is_public"),
    [
        (_REFUSAL, True, False),
        (_REFUSAL, False, True),
        (OSError("the copy may be there"), True, True),
    ],
)
async def test_a_copy_that_nobody_sees_leaves_the_text_as_it_was(error, was_private, is_public):
    client = Client()
    click = Click(client, error=error)
    click.is_private = was_private
    with pytest.raises(type(error)):
        await turning.publish(click, REPLY_ID, Place(publisher=ANA))
    assert click.public_when_sent == [REPLY_ID]
    assert client.public == [REPLY_ID] * is_public


async def test_what_cannot_be_shown_is_not_made_public():
    client = Client(error=UserError("no"))
    click = Click(client)
    with pytest.raises(UserError):
        await turning.publish(click, REPLY_ID, Place(publisher=ANA))
    assert click.done == ["this one"]
    assert client.public == []


async def test_opening_beside_sends_to_the_clicker_only():
    client = Client()
    click = Click(client, ephemeral=False)
    await turning.open_beside(click, SimpleNamespace(reply_id=REPLY_ID), Place())
    assert click.done == ["sent to one"]
    assert client.public == []
