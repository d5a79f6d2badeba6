"""What anybody can write by hand: numbers in custom_ids, values of menus, ids of private texts."""

import logging
import random
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simcord.backend.errors import BackendError

from bot.features import PERSISTENT_ITEMS
from bot.features.contest.items import CONTEST_ITEMS
from bot.features.continuation.message import CONTINUATION_ITEMS
from bot.features.explorer.inside.place import PARTS
from bot.features.explorer.items import DeleteCopyButton
from bot.features.settings.panel import AllButton, FixButton
from bot.jobs.duel_ids import place_of
from bot.messages.errors import UserError
from bot.storage.errors import StorageError
from bot.texts import common
from bot.ui.carried import GREATEST, StaleItemError, item_at, number_of, one_of, require_known
from bot.ui.deletion import UndoButton
from bot.ui.items import ButtonItem, PersistentButton, PersistentSelect, custom_id
from bot.ui.replies import require_visible
from bot.ui.stop import StopButton
from engine.explain import RedrawRequest
from tests.bot.by_hand import use
from tests.bot.explorer_screens import explicar, published
from tests.bot.insides import answering
from tests.bot.world import unexpected_errors

NUMBERS = (0, 1, 2, 5, 9, 10, 24, 25, 99, 4095, 9999, 10**9, 10**12, 10**19, 10**30)
VALUES = (
    "x", "0", "1", "99", "-1", "²", "9" * 90, "1,5", "\u0000", "otra", "dentro", "rama",
    "branches:99", "branches:x", "json", "arbol", "tabla", "precise", "notebook", "ending",
    "e" * 32 + ":0:0", "z:0", ":::", "📚", "temperature",
)  # fmt: skip
CLICKS = 3
PLAIN = (*CONTINUATION_ITEMS, *CONTEST_ITEMS, StopButton)
OF_REPLIES = [
    item for item in PERSISTENT_ITEMS if issubclass(item, PersistentButton | PersistentSelect)
]
OF_PANELS = [item for item in PERSISTENT_ITEMS if item not in OF_REPLIES]


def forged_component(item, name, value="x"):
    if issubclass(item, ButtonItem):
        return {"type": 2, "style": 2, "label": "?", "custom_id": name}
    option = {"label": "?", "value": value}
    return {"type": 3, "custom_id": name, "options": [option]}


async def public_messages(room):
    """Return a plain message of a text, and a published page of another one, both of Ana."""
    plain = (await room.continuar(intentos=2)).response
    opened = await explicar(room)
    page = await published(room, opened.response)
    return plain, page


def made_up(item, reply_id, chance):
    """Return a custom_id that the item's template takes, at most as long as Discord allows."""
    if item in OF_PANELS:
        words = [chance.choice(("user", "guild"))]
        if item is FixButton:
            words += [chance.choice(("basic", "ending", "beams")), chance.choice(VALUES)[:60]]
        if item is AllButton:
            words.append(chance.choice("01"))
        kept = f"u:{item.action}:{chance.choice((reply_id, 'e' * 32))}"
        places = [kept, f"{kept}:{chance.randrange(10)}:{chance.randrange(10**5)}:9"]
        places += [f"{kept}:{chance.randrange(10**5)}", f"{kept}:greedy", kept[:-16]]
        places += [f"{kept}:{chance.randrange(100)}", f"{kept}:{chance.randrange(100)}:9"]
        names = [":".join(("u", item.action, *words)), f"u:{item.action}", *places]
        template = item.__discord_ui_compiled_template__
        return next(name for name in names if template.fullmatch(name))
    numbers = [chance.choice(NUMBERS) for _ in item.arg_names]
    name = custom_id(item.action, reply_id, *numbers)
    return name if len(name) <= 100 else custom_id(item.action, reply_id, *(0 for _ in numbers))


def groups(items, size=9):
    return [items[i : i + size] for i in range(0, len(items), size)]


def named(items):
    return f"{items[0].action}…{items[-1].action}"


class Public:
    """The messages that everybody sees, made again where a click has deleted them."""

    def __init__(self, room):
        self.room, self.shown = room, {}

    async def of(self, item):
        """Return a message where the item may stand, and the id of its text."""
        kind = "plain" if item in PLAIN else "page"
        if kind not in self.shown or not self._is_there(self.shown[kind][0]):
            plain, page = await public_messages(self.room)
            first, second = (r.request_id for r in self.room.engine.requests[-2:])
            self.shown = {"plain": (plain, first), "page": (page, second)}
        return self.shown[kind]

    def _is_there(self, message):
        try:
            self.room.env.backend.get_message(self.room.channel.id, message.id)
        except BackendError:
            return False
        return True


@pytest.mark.parametrize("items", groups([*OF_REPLIES, *OF_PANELS]), ids=named)
async def test_made_up_numbers_and_values_get_a_sentence(room, caplog, items):
    caplog.set_level(logging.INFO)
    inside, _ = answering()
    others = room.engine.explain

    async def explain(request):
        return await (others if isinstance(request, RedrawRequest) else inside)(request)

    room.engine.explain = explain
    public = Public(room)
    for item in items:
        chance = random.Random(item.action)
        for _ in range(CLICKS):
            message, reply_id = await public.of(item)
            name, value = made_up(item, reply_id, chance), chance.choice(VALUES)
            caplog.clear()
            await use(room, room.ana, message, forged_component(item, name, value))
            failed = [record for record in caplog.records if record.exc_info]
            assert not failed, (name, value, failed[0].exc_text)
            assert (
                len([record for record in caplog.records if record.name == "bot.messages.errors"])
                <= 1
            )
            assert unexpected_errors(room.env) == []


@pytest.mark.parametrize("items", groups(OF_REPLIES), ids=named)
async def test_an_id_alone_opens_nobody_s_private_text(room, caplog, items):
    caplog.set_level(logging.INFO)
    public = Public(room)
    await public.of(items[0])
    await explicar(room, texto="Mi secreto")
    reply_id = room.engine.requests[-1].request_id
    place, asked = str(place_of(reply_id)), len(room.engine.requests)
    values = {
        "explicar-duelo": place,
        "leer-duelo": place,
        "leer-texto-duelo": place,
        "ir-a-rama": f"{reply_id}:0:0",
        "mas": "details",
        "ver-mas": "csv",
        "mas-numeros": "json",
        "mas-hueco": "publicar",
        "dentro-parte": str(int(next(iter(PARTS)))),
    }
    for item in items:
        if item in {StopButton, DeleteCopyButton, UndoButton}:
            continue
        name = custom_id(item.action, reply_id, *(0 for _ in item.arg_names))
        message, _ = await public.of(item)
        component = forged_component(item, name, values.get(item.action, "0"))
        result = await use(room, room.luis, message, component)
        said = [part for part in (*result.followups, result.response) if part.ephemeral]
        assert common.REPLY_GONE in [part.content for part in said], item
        assert result.modal is None
    assert len(room.engine.requests) == asked
    assert (await room.storage.replies.get(reply_id)).is_private
    assert reply_id not in caplog.text


async def fail_without_space(*_):
    raise StorageError("no_space")


async def test_a_private_text_is_seen_by_its_owner_only_unless_its_message_is_public(
    room, monkeypatch
):
    await explicar(room, texto="Mi secreto")
    reply_id = room.engine.requests[-1].request_id
    reply = await room.storage.replies.get(reply_id)
    luis = SimpleNamespace(user=SimpleNamespace(id=room.luis.id), client=room.bot)
    ana = SimpleNamespace(user=SimpleNamespace(id=room.ana.id), client=room.bot)
    seen, hidden = SimpleNamespace(ephemeral=False), SimpleNamespace(ephemeral=True)
    own = SimpleNamespace(id=reply.message_id, flags=hidden)
    for message in (None, own, SimpleNamespace(id=1, flags=seen)):
        await require_visible(ana, reply, message)
        with pytest.raises(UserError, match="Ya no guardo"):
            await require_visible(luis, reply, message)
    assert (await room.storage.replies.get(reply_id)).is_private
    shown = SimpleNamespace(id=reply.message_id, flags=seen)
    with monkeypatch.context() as full_disk:
        full_disk.setattr(room.storage.replies, "set_public", fail_without_space)
        await require_visible(luis, reply, shown)
    assert (await room.storage.replies.get(reply_id)).is_private
    await require_visible(luis, reply, shown)
    assert not (await room.storage.replies.get(reply_id)).is_private


@given(st.sampled_from(OF_REPLIES), st.data())
def test_every_known_number_fits_into_a_custom_id_and_no_other_passes(item, data):
    numbers = {name: data.draw(st.integers(0, 2 * GREATEST[name]), name) for name in item.arg_names}
    if any(number > GREATEST[name] for name, number in numbers.items()):
        with pytest.raises(StaleItemError):
            require_known(numbers)
        return
    require_known(numbers)
    assert len(str(numbers.get("candidates", 0))) <= 2


@given(st.text(), st.integers(0, 30))
def test_values_are_read_or_refused(value, greatest):
    known = [str(i) for i in range(greatest + 1)]
    for read in (partial(number_of, value, greatest), partial(one_of, value, known)):
        with suppress(StaleItemError):
            assert str(read()).lstrip("0") == value.lstrip("0")
    with suppress(StaleItemError):
        assert item_at(known, len(value)) == str(len(value))


def test_a_value_that_does_not_exist_is_refused_in_spanish():
    for value in ("²", "-1", "1.0", "", "x", "3", "9" * 400):
        with pytest.raises(StaleItemError, match="valor que ya no existe"):
            number_of(value, 2)
    for index in (-1, 2):
        with pytest.raises(StaleItemError):
            item_at("ab", index)
