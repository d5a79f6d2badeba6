"""Buttons of lessons stay in threads for years: their ids mean the same thing for ever."""

import pytest

from bot.features import PERSISTENT_ITEMS

LESSON = "0123456789abcdef" * 2
WRITTEN = [
    f"u:clase-ejecutar:{LESSON}:7",
    f"u:clase-siguiente:{LESSON}:8",
    f"u:clase-atras:{LESSON}:9",
    f"u:clase-repetir:{LESSON}:10",
    f"u:clase-terminar:{LESSON}:11",
    f"u:clase-seguir:{LESSON}:12",
    f"u:clase-reabrir:{LESSON}",
    f"u:clase-dudas:{LESSON}",
    f"u:clase-resuelta:{LESSON}",
    f"u:clase-explicar:{LESSON}:greedy_by_hand",
    f"u:clase-yo:{LESSON}:top_p",
    f"u:clase-duda:{LESSON}:beam",
    "u:clase-aqui:0123456789abcdef",
]


@pytest.mark.parametrize("custom_id", WRITTEN)
async def test_a_custom_id_means_one_item_which_writes_it_letter_for_letter(custom_id):
    found = [
        (item, match)
        for item in PERSISTENT_ITEMS
        if (match := item.__discord_ui_compiled_template__.fullmatch(custom_id))
    ]
    ((item, match),) = found
    built = await item.from_custom_id(None, None, match)
    assert built.item.custom_id == custom_id


def test_the_list_is_whole():
    actions = {custom_id.split(":")[1] for custom_id in WRITTEN}
    assert actions == {item.action for item in PERSISTENT_ITEMS if item.action.startswith("clase-")}
