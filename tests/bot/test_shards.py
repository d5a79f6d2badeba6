"""Which servers are whose."""

from hypothesis import given
from hypothesis import strategies as st

from bot.shards import Shards

DEALT = st.lists(st.integers(0, 3), min_size=1, max_size=24)


@given(DEALT, st.none() | st.integers(1, 2**63 - 1))
def test_each_server_is_of_exactly_one_process(dealt, guild_id):
    """However the shards are dealt to four processes."""
    processes = [
        Shards(tuple(i for i, owner in enumerate(dealt) if owner == number), len(dealt))
        for number in set(dealt)
    ]
    assert sum(shards.have(guild_id) for shards in processes) == 1
    assert Shards(tuple(range(len(dealt))), len(dealt)).have(guild_id)
    assert Shards().have(guild_id)
    # Nobody has named any: Discord has said how many there are, and this process has them all.
    alone = Shards((), len(dealt))
    assert alone.have(guild_id)
    assert not alone.are_some


def test_direct_messages_come_to_the_first_shard():
    assert Shards((0,), 4).have(None)
    assert not Shards((1, 2, 3), 4).have(None)


def test_servers_are_dealt_as_discord_deals_them():
    assert Shards((3,), 4).have((7 << 22) + 12345)
    assert not Shards((0, 1, 2), 4).have((7 << 22) + 12345)
