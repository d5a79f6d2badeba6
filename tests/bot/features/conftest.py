"""The shared server, with somebody who manages it."""

from types import SimpleNamespace

import discord
import pytest


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
