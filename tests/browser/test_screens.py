"""Every first screen fits a phone, no page is too long, and nothing is cut or scrolls sideways."""

from __future__ import annotations

import pytest

from tests.browser.screens import (
    PAGE,
    SCREENS,
    TWO_PICTURES,
    WIDE_PAGE,
    Screen,
    continue_text,
)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_first_screen_fits_a_phone(demo, judge, screen: Screen):
    screen.open(demo)
    wrong = judge(screen.name, screen.limit) + demo.complaints()
    assert not wrong, "\n".join(wrong)


def test_no_page_of_the_explorer_is_too_long(demo, judge):
    reply = continue_text(demo)
    demo.click("Explicar", reply)
    menu = demo.menus()[-1]
    wrong = []
    for option in demo.options(menu):
        demo.click("Explicar", reply)
        demo.pick(menu, option)
        wrong += judge(f"explorador: {option}", PAGE, TWO_PICTURES.get(option, WIDE_PAGE))
    assert not wrong, "\n".join(wrong)
