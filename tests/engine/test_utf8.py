import pytest

from engine.utf8 import incomplete_tail, show_bytes


def test_bytes_that_are_no_text_are_shown():
    assert show_bytes(b" \xe2\x82 a\xff") == " ⟨E2⟩⟨82⟩ a⟨FF⟩"


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (b"a", 0),
        (b"\xc3", 1),
        (b"\xc3\xb1", 0),
        (b"\xf0\x9f\xa6", 3),
        (b"\xff", 0),
        (b"\xb1", 0),
        (b"\xed", 1),
        (b"\xed\x9f", 2),
        (b"\xed\xa0", 0),
    ],
)
def test_the_bytes_of_an_unfinished_character_are_counted(data, missing):
    assert incomplete_tail(b"x" + data) == missing
