"""Where an explorer stands, as the custom_ids of its buttons say it."""

from bot.messages.place import DEFAULT_CANDIDATES, PageName, Place


def test_a_place_is_read_from_the_numbers_that_a_custom_id_has():
    numbers = {"attempt": 2, "step": 7, "candidates": 10, "publisher": 5, "role": 1}
    assert Place.of(numbers, PageName.TREE) == Place(
        attempt=2, step=7, candidates=10, publisher=5, page=PageName.TREE
    )
    assert Place.of({"attempt": 1, "step": 0}) == Place(
        attempt=1, step=0, candidates=DEFAULT_CANDIDATES, publisher=0, page=PageName.STEP
    )
