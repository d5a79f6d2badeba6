"""Tables and files of a whole attempt."""

import pytest
from simcord.components import walk_components

from bot.features.explorer.files.page import file_page
from bot.features.explorer.items import FileKind
from bot.messages.errors import UserError
from bot.messages.pictures import PictureCache
from bot.render.step import StepView
from engine import DecodingParams, GenerationRequest
from tests.bot.explorer_screens import screen
from tests.bot.scripted import ScriptedEngine

LIMIT = 10 * 1024 * 1024


class Shown:
    """A page as a message, for the readers of screens."""

    def __init__(self, page):
        self.components = page.view.to_components()


async def view_of(steps: int, at: int = 0) -> StepView:
    request = GenerationRequest(
        prompt="Hola", params=DecodingParams(max_new_tokens=steps), trace_top_n=5
    )
    completion = await ScriptedEngine().generate(request)
    return StepView(before="Hola", completion=completion, attempt=0, step=at, candidates=5)


async def test_eighteen_steps_are_two_pictures_one_below_the_other():
    page = await file_page(await view_of(18), FileKind.NOTEBOOK, PictureCache(), LIMIT, 1)
    assert [file.filename for file in page.files] == ["cuaderno-1.png", "cuaderno-10.png"]
    assert screen(Shown(page)) == (
        "### Tabla del cuaderno\n"
        "-# Pasos 1–18 de 18, en crudo (T 1, sin filtros). En un recuadro, la que salió"
    )
    galleries = [c for c in walk_components(page.view.to_components()) if c["type"] == 12]
    assert [len(gallery["items"]) for gallery in galleries] == [1, 1]
    assert all(1 <= len(file.description) <= 256 for file in page.files)
    assert all(len(file.fp.read()) <= 100_000 for file in page.files)


async def test_a_longer_text_shows_the_rows_from_the_current_step_on():
    end = await file_page(await view_of(75, at=74), FileKind.NOTEBOOK, PictureCache(), LIMIT, 1)
    page = await file_page(await view_of(75, at=61), FileKind.NOTEBOOK, PictureCache(), LIMIT, 1)
    assert [file.filename for file in end.files] == ["cuaderno-64.png", "cuaderno-73.png"]
    assert [file.filename for file in page.files] == ["cuaderno-55.png", "cuaderno-64.png"]
    assert screen(Shown(page)).endswith(
        "-# Pasos 55–72 de 75, en crudo (T 1, sin filtros). En un recuadro, la que salió"
        " · los demás están en el CSV"
    )


@pytest.mark.parametrize("kind", [FileKind.CSV, FileKind.JSON])
async def test_a_file_that_the_channel_does_not_take_is_said(kind):
    with pytest.raises(UserError) as refusal:
        await file_page(await view_of(5), kind, PictureCache(), 100, 1)
    assert "aquí solo caben 100\u00a0B" in refusal.value.text


async def test_the_csv_has_a_row_for_every_step():
    page = await file_page(await view_of(75), FileKind.CSV, PictureCache(), LIMIT, 1)
    lines = page.files[0].fp.read().decode("utf-8-sig").splitlines()
    assert len(lines) == 76
