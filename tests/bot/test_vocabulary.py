"""One vocabulary: what people read calls each thing by one name, in code and on every screen."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from simcord.components import walk_components

from bot.features.duel import texts as duel_texts
from bot.texts.options import STRATEGY_CHOICES, STRATEGY_NAMES, STRATEGY_SYNONYMS
from tests.bot.dump_screens import STARTS, _explaining, _moves, _press, _shown
from tests.bot.world import open_world

ROOT = Path(__file__).parents[2] / "bot"
NAMES = {
    "greedy": "greedy",
    "sample": "muestreo",
    "beam": "haces",
    "sample_and_rank": "mejor de varios",
    "beam_sample": "haces con dado",
    "contrastive": "contrastiva",
    "diverse_beam": "haces diversos",
}
"""The one name of each strategy; the list is kept here so that a second one is noticed."""
FORBIDDEN = {
    "beams, which is only an option's name": r"(?<![`\w-])(?<!\(beam )\bbeams?\b(?![`\w-])",
    "a second name": r"voraz|codicios|muestreo y orden|búsqueda contrastiva|búsqueda por haces"
    r"|(?<!en )(?<!de )\bcontraste\b",
    "a sign for a small share": r"\b(?:un|el|al|del) \**[<>]\s",
}
ALLOWED = re.compile(
    r"\((?:diverse )?beam search\)|`beams`|«beams»|Haces \(beams\)"
    r"|\|beams\||arbol-beams|beam-search"
)
"""The full name in brackets, the option, and ids that no message shows."""
IDS = re.compile(r"[a-z_{}]+")
"""What a literal is that only the code reads: a key."""


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def wrong_words(text: str) -> list[str]:
    """Return what a text says that is not in the vocabulary."""
    known = ALLOWED.sub("", text)
    return [
        f"{why}: {found[0]!r}"
        for why, pattern in FORBIDDEN.items()
        for found in re.finditer(pattern, known, re.IGNORECASE)
    ]


def test_each_strategy_has_one_name():
    assert STRATEGY_NAMES == NAMES
    for strategy, choice in STRATEGY_CHOICES.items():
        name = choice.partition(" · ")[0].replace(" (beam search)", "")
        assert name == NAMES[strategy]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("haces (beam search)", False),
        ("pon `beams` de 2 a 8", False),
        ("beam search de 5", True),
        ("los beams", True),
        ("un < 0,1 %", True),
        ("al **<\u00a00,1 %**", True),
        ("menos del 0,1 %", False),
        ("saldría menos del 0,1 %", False),
        ("muestreo y orden", True),
    ],
)
def test_the_rules_see_what_they_should(text, is_wrong):
    assert bool(wrong_words(text)) is is_wrong


def test_what_the_code_says_keeps_to_the_vocabulary():
    accepted = {*STRATEGY_SYNONYMS}
    found = [
        f"{path.relative_to(ROOT)}:{line} {wrong}"
        for path in sorted(ROOT.rglob("*.py"))
        for line, text in literals(path)
        if text not in accepted and not IDS.fullmatch(text) and "{" + text + "}" != text
        for wrong in wrong_words(re.sub(r"\{\w+\}", "", text))
    ]
    assert found == []


def test_every_menu_says_something_before_a_choice():
    """Where it does not, Discord says it, in the language of its own choice."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(ROOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "").endswith("Select")
        if not any(keyword.arg == "placeholder" for keyword in node.keywords)
    ]
    assert silent == []


def shown_text(message) -> str:
    """Return all that a message shows: its words, the labels, and what its pictures say."""
    components = list(walk_components(message.components))
    blocks = [str(c["content"]) for c in components if c.get("type") == 10]
    labels = [str(c[key]) for c in components for key in ("label", "placeholder") if c.get(key)]
    options = [
        f"{option['label']} {option.get('description') or ''}"
        for c in components
        for option in c.get("options", ())
    ]
    alts = [attachment.description or "" for attachment in message.attachments]
    return "\n".join((message.content or "", *blocks, *labels, *options, *alts))


def wrong_on_screen(message) -> list[str]:
    """Return what a screen says against the vocabulary."""
    text = shown_text(message)
    found = wrong_words(text)
    titles = [line for line in text.split("\n") if line.startswith("#")]
    found += [f"␣ in a title: {title!r}" for title in titles if "␣" in title]
    menus = [c for c in walk_components(message.components) if c.get("type") == 3]
    found += [f"nothing in {menu['custom_id']}" for menu in menus if not menu.get("placeholder")]
    return found


@pytest.mark.parametrize("start", STARTS)
async def test_what_the_screens_show_keeps_to_the_vocabulary(start, tmp_path):
    command, options = STARTS[start]
    async with open_world(tmp_path, cooldown_s=0) as room:
        room.engine.explain = _explaining(room.engine)
        first = await room.ana.slash(room.channel, command, **options)
        found = [(start, wrong) for wrong in wrong_on_screen(_shown(first))]
        for move in _moves(_shown(first)):
            fresh = await room.ana.slash(room.channel, command, **options)
            result = await _press(room, fresh, move)
            if (shown := _shown(result)) is not None:
                found += [(move[3], wrong) for wrong in wrong_on_screen(shown)]
    assert found == []


def test_the_short_names_of_a_duel_are_made_of_the_same_words():
    assert duel_texts.BEAMS_IN_FULL.format(name=NAMES["beam"]) == "haces (beam search)"
    assert duel_texts.BEST_OF.format(count=5).split()[:2] == NAMES["sample_and_rank"].split()[:2]
