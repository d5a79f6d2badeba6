import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import numbers


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("p", "digits", "text"),
    [
        (0.0812, 1, "8,1 %"),
        (0.25, 1, "25,0 %"),
        (0.1234, 2, "12,34 %"),
        (0.0, 1, "0 %"),
        (1.0, 1, "100 %"),
        (0.0004, 1, "< 0,1 %"),
        (0.0005, 1, "< 0,1 %"),
        (0.0006, 1, "0,1 %"),
        (0.00004, 2, "< 0,01 %"),
        (0.99951, 1, "> 99,9 %"),
        (0.9994, 1, "99,9 %"),
        (0.004, 0, "< 1 %"),
    ],
)
def test_percent(p, digits, text):
    assert spaced(numbers.percent(p, digits)) == text


def test_what_no_number_says():
    infinite = math.inf
    assert [numbers.fixed(infinite, 1), numbers.decimal(-infinite)] == ["∞", "−∞"]
    assert numbers.points(-infinite, 3) == "−∞"


@given(st.floats(0, 1), st.integers(0, 3))
def test_percent_never_says_impossible_or_certain_of_what_is_not(p, digits):
    text = spaced(numbers.percent(p, digits))
    assert (text == "0 %") == (p == 0)
    assert (text == "100 %") == (p == 1)


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (0.8, 2, "0,8"),
        (1.0, 2, "1"),
        (-142.31, 1, "−142,3"),
        (-0.01, 1, "0"),
        (1234.5, 1, "1234,5"),
        (-12345.67, 1, "−12 345,7"),
    ],
)
def test_decimal(x, digits, text):
    assert spaced(numbers.decimal(x, digits)) == text


def test_fixed_keeps_the_zeros():
    assert numbers.fixed(0.5, 3) == "0,500"
    assert numbers.fixed(2, 1) == "2,0"


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0"), (2048, "2048"), (10_000, "10 000"), (262_144, "262 144"), (1_000_000, "1 000 000")],
)
def test_integer(n, text):
    assert spaced(numbers.integer(n)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.035, "35 ms"),
        (0.0999, "0,1 s"),
        (2.1, "2,1 s"),
        (59.94, "59,9 s"),
        (59.96, "1 min"),
        (65, "1 min 5 s"),
        (3599.6, "1 h"),
        (11_000, "3 h 3 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_duration(seconds, text):
    assert spaced(numbers.duration(seconds)) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 B"), (512, "512 B"), (1_234_567, "1,2 MB"), (999_960, "1 MB"), (10**15, "1000 TB")],
)
def test_bytes_size(n, text):
    assert spaced(numbers.bytes_size(n)) == text


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("0,9", 0.9), ("0.9", 0.9), (",9", 0.9), (".9", 0.9), ("1", 1), ("1,", 1), (" 2,5 ", 2.5),
        ("-1,5", -1.5), ("−1,5", -1.5), ("+1", 1),
    ],
)  # fmt: skip
def test_parse_decimal(text, x):
    assert numbers.parse_decimal(text) == x


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", "-", "1e3", "nan", "inf", "1.000,5", "0,9 %", "٣", "1 000", "0x1", "9" * 99],
)
def test_parse_decimal_refuses(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        numbers.parse_decimal(text)


@given(st.text(max_size=40))
def test_parse_decimal_answers_a_finite_number_or_refuses(text):
    try:
        number = numbers.parse_decimal(text)
    except ValueError:
        return
    assert math.isfinite(number)


@given(st.integers(-9999, 9999), st.integers(0, 99))
def test_what_is_written_can_be_read_again(whole, hundredths):
    x = whole + hundredths / 100
    assert numbers.parse_decimal(numbers.decimal(x, 2)) == pytest.approx(x)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("Tenía un {}.", "Tenía menos del 0,1 %."),
        ("Tenía un **{}** crudo.", "Tenía **menos del 0,1 %** crudo."),
        ("Bajó al **{}** final.", "Bajó a **menos del 0,1 %** final."),
        ("Se quedó en el {}.", "Se quedó en menos del 0,1 %."),
        ("De los {}.", "De los < 0,1 %."),
        ("a {} b", "a < 0,1 % b"),
    ],
)
def test_a_tiny_share_is_said_in_words_behind_an_article(share, said):
    assert numbers.plain_spaces(numbers.in_words(share.format(numbers.percent(0.0001)))) == said


def test_a_share_that_is_nearly_all_is_said_in_words_too():
    assert (
        numbers.plain_spaces(numbers.in_words(f"un {numbers.percent(0.99999)}")) == "más del 99,9 %"
    )
    kept = f"un {numbers.percent(0.5)} y un \\< 3"
    assert numbers.in_words(kept) == kept
