"""What is kept of the newest messages, in memory only."""

from bot.messages.at_hand import AtHand


def test_the_oldest_is_dropped_first():
    kept = AtHand[str](limit=2)
    first, second = kept.put(1, "a"), kept.put(1, "b")
    assert kept.get(first) == "a"
    third = kept.put(2, "c")
    assert [kept.get(key) for key in (first, second, third)] == ["a", None, "c"]


def test_a_person_is_forgotten_alone():
    kept = AtHand[str]()
    mine, other = kept.put(1, "a"), kept.put(2, "b")
    kept.forget(1)
    assert (kept.get(mine), kept.get(other)) == (None, "b")


def test_a_key_is_no_guess():
    kept = AtHand[int]()
    assert len({kept.put(1, i) for i in range(50)}) == 50
    assert all(len(kept.put(1, 0)) == 32 for _ in range(3))
