"""What an earlier version wrote into messages still works: people press its buttons for years."""

from pathlib import Path

import pytest

from bot.features import PERSISTENT_ITEMS

WRITTEN = (Path(__file__).parent / "custom_ids_0_1.txt").read_text(encoding="utf-8").splitlines()
"""One custom_id of every shape that 0.1 wrote, each of its numbers another."""


@pytest.mark.parametrize("custom_id", WRITTEN)
async def test_a_custom_id_of_0_1_means_one_item_which_writes_it_letter_for_letter(custom_id):
    found = [
        (item, match)
        for item in PERSISTENT_ITEMS
        if (match := item.__discord_ui_compiled_template__.fullmatch(custom_id))
    ]
    ((item, match),) = found
    built = await item.from_custom_id(None, None, match)
    assert built.item.custom_id == custom_id


def test_the_list_of_0_1_is_whole():
    actions = [custom_id.split(":")[1] for custom_id in WRITTEN]
    assert len(WRITTEN) == len(set(WRITTEN))
    assert len(set(actions)) == 60
