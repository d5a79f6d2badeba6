from dataclasses import replace

from bot.features.duel.chart import DuelChart, DuelLine
from bot.features.duel.words import duel_alt, short_name
from bot.features.explorer.files.notebook import notebook_alt
from bot.features.explorer.step.words import step_alt
from bot.features.explorer.surprise.chart import SurpriseToken
from bot.features.explorer.surprise.words import surprise_alt
from bot.render.alt import ALT_LIMIT
from bot.render.markdown import fits
from bot.render.numbers import plain_spaces
from engine.explain import contenders
from tests.bot.render.pictures import DUEL, ROWS, STEP, TEXT


def test_step_alt_says_what_the_picture_says():
    short = replace(STEP, bars=STEP.bars[2:])
    assert plain_spaces(step_alt(short)) == (
        "Paso 3 de 8. Barras: elegido «␣vida» 8,1 % crudo, 9,0 % final; "
        "«␣🦄» 14,5 % crudo, 16,1 % final; «你好» 2,0 % crudo, quitado; "
        "36 más: 31,5 % crudo, 35,0 % final; 262 103 quitados: 10,0 % crudo"
    )


def test_step_alt_of_one_probability():
    alone = replace(STEP, bars=STEP.bars[2:4], removed=None, is_filtered=False)
    assert plain_spaces(step_alt(alone)) == (
        "Paso 3 de 8. Barras: elegido «␣vida» 8,1 %; «␣🦄» 14,5 %; 36 más: 31,5 %"
    )


def test_step_alt_leaves_out_the_least_when_there_is_no_room():
    alt = plain_spaces(step_alt(replace(STEP, bars=STEP.bars * 5)))
    assert fits(alt, ALT_LIMIT)
    assert "elegido «␣vida»" in alt
    assert "…; 36 más" in alt


def test_step_alt_without_title_or_tail():
    alt = step_alt(replace(STEP, title="", rest=None, removed=None, bars=STEP.bars[:1]))
    assert plain_spaces(alt) == "Barras: «␣amor» 22,5 % crudo, 25,0 % final"


def test_notebook_alt():
    assert plain_spaces(notebook_alt(ROWS)) == (
        "Tabla de 2 pasos con sus opciones más probables, en crudo: «Ésta» 38,3 %, «El» 10,0 %; "
        "«␣1» 50,0 %, «␣2» 25,0 % (salió «␣unicornio»)"
    )
    assert notebook_alt(ROWS[:1]).startswith("Tabla de un paso")
    assert fits(notebook_alt(ROWS * 20), ALT_LIMIT)


def test_surprise_alt_names_the_most_surprising():
    assert plain_spaces(surprise_alt(TEXT)) == (
        "Texto de 12 tokens, cada uno con un color según su sorpresa. Los que más: "
        "«␣🦄» 15,3 bits; «你好» 12 bits; «⏎» 10 bits; «␣Man» 7,5 bits; «حياة» 5 bits"
    )
    long = [SurpriseToken(text="x" * 400, bits=1.0)] * 3
    assert fits(surprise_alt(long), ALT_LIMIT)
    assert fits(surprise_alt(()), ALT_LIMIT)


def test_duel_alt_says_how_sure_each_strategy_was():
    assert plain_spaces(duel_alt(DUEL)) == (
        "Probabilidad cruda de cada token. Media: greedy 72 % (bucle desde 6); "
        "beam+2gram 45 %; T 2 8 %; top-k 200 50 %; min-p 0,05 —"
    )
    assert fits(duel_alt(replace(DUEL, lines=DUEL.lines * 4)), ALT_LIMIT)


def test_duel_alt_has_room_for_every_strategy_of_the_lesson():
    lines = tuple(
        DuelLine(label=short_name(contender.params), probs=(0.234,), repeats_from=start)
        for contender, start in zip(contenders(1), [99, 99, 99] + [None] * 7, strict=True)
    )
    said = duel_alt(DuelChart(lines=lines))
    assert "…" not in said
    assert all(line.label in said for line in lines)
    assert fits(said, ALT_LIMIT)
