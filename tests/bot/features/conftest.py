"""The shared server, with somebody who manages it; every picture's letters are watched."""

from types import SimpleNamespace

import discord
import pytest

from tests.bot.render.letters import letters, too_small


@pytest.fixture(autouse=True)
def readable_letters():
    """Hold every picture that any test draws to letters that a phone shows large enough."""
    with letters() as seen:
        yield
    assert too_small(seen) == []


@pytest.fixture
def world(room):
    """Return the shared room with a plain member and a manager."""
    role = room.guild.create_role("gestión", permissions=discord.Permissions(manage_guild=True))
    return SimpleNamespace(
        env=room.env,
        bot=room.bot,
        engine=room.engine,
        storage=room.storage,
        hold=room.hold,
        restart=room.restart,
        guild=room.guild,
        channel=room.channel,
        member=room.ana,
        managing=role,
        manager=room.guild.add_member(room.env.create_user("eva"), roles=[role]),
    )
