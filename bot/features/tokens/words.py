"""What `/tokens` says: which tokenizer is cheaper, what each costs, what one changes."""

from __future__ import annotations

from bot.features.tokens import texts
from bot.render.markdown import clip, escape
from bot.render.numbers import decimal, integer, percent
from bot.render.tables import table
from bot.render.tokens import glyphs, visible
from bot.texts import common
from engine.explain import Tokenization, TokenPiece

ROWS = 12
"""Of a page of the list."""
_TEXT_LIMIT = 120
_NAMED = 4


def tokens(count: int) -> str:
    """Say «1 token», «7 tokens»."""
    return common.tokens(integer(count))


def verdict(found: tuple[Tokenization, ...], names: tuple[str, ...]) -> str:
    """Say in one sentence what a text costs, or with which of two tokenizers it costs less.

    Args:
        found: One or two.
        names: Of their models, ready for Markdown.
    """
    counts = [len(one.written) for one in found]
    per_word = _per_word(found[0])
    said = texts.PER_WORD.format(count=per_word) if per_word else ""
    if len(found) == 1:
        return texts.ONE.format(model=names[0], tokens=tokens(counts[0]), per_word=said)
    facts = {"model": names[0], "other": names[1], "tokens": tokens(counts[0])}
    if is_same_cut(*found):
        return texts.SAME.format(**facts, per_word=said)
    if counts[0] == counts[1]:
        return texts.EQUAL.format(**facts)
    cheap = min(range(2), key=counts.__getitem__)
    return texts.CHEAPER.format(
        model=names[cheap],
        tokens=tokens(counts[cheap]),
        other=names[1 - cheap],
        other_count=integer(counts[1 - cheap]),
    )


def is_same_cut(one: Tokenization, other: Tokenization) -> bool:
    """Tell whether two tokenizers give the model the very same numbers for the same pieces."""
    cuts = [[(piece.token_id, piece.data_hex) for piece in each.written] for each in (one, other)]
    return cuts[0] == cuts[1]


def cost_line(found: Tokenization, name: str) -> str:
    """Say what a text costs one model."""
    count = len(found.written)
    facts = [texts.COST_WORDS.format(count=per_word) if (per_word := _per_word(found)) else ""]
    facts.append(
        texts.COST_CHARACTERS.format(count=decimal(100 * count / len(found.text), digits=1))
    )
    if found.n_positions:
        share, positions = percent(len(found.tokens) / found.n_positions), found.n_positions
        facts.append(texts.COST_CONTEXT.format(share=share, positions=integer(positions)))
    added = [piece for piece in found.tokens if piece.is_special and not piece.data_hex]
    if added:
        names = escape(clip(", ".join(piece.text for piece in added), _TEXT_LIMIT))
        template = texts.COST_ADDED_ONE if len(added) == 1 else texts.COST_ADDED
        facts.append(template.format(count=integer(len(added)), names=names))
    return texts.COST.format(model=name, facts=" · ".join(filter(None, facts)))


def warnings(found: Tokenization, name: str) -> list[str]:
    """Say what a tokenizer changes, leaves out or does not know."""
    said = []
    if found.read_as is not None:
        text = _quotable(found.read_as)
        said.append(texts.READ_AS.format(model=name, text=text))
    elif not found.is_exact and any(char.isspace() for char in found.text):
        said.append(texts.NOT_EXACT.format(model=name))
    unknown = list(dict.fromkeys(piece.text for piece in found.tokens if piece.is_unknown))
    if unknown:
        shown = [texts.QUOTED.format(text=_quotable(text)) for text in unknown[:_NAMED]]
        if len(unknown) > _NAMED:
            shown.append(texts.MORE_UNKNOWN.format(count=integer(len(unknown) - _NAMED)))
        if len(unknown) == 1:
            said.append(texts.UNKNOWN_ONE.format(model=name, texts=_quotable(unknown[0])))
        else:
            said.append(texts.UNKNOWN.format(model=name, texts=", ".join(shown)))
    return said


def legend(found: tuple[Tokenization, ...]) -> str:
    """Say what a colour means, and a byte in brackets where there is one."""
    part = next((piece for one in found for piece in one.tokens if piece.joins), None)
    if part is None:
        return texts.LEGEND
    byte, text = part.data_hex[:2].upper(), escape(visible(part.joins[:1]))
    return f"{texts.LEGEND}\n{texts.PARTS.format(byte=byte, text=text)}"


def list_page(found: Tokenization, page: int) -> str:
    """Write a page of the list: the place, and a table of pieces, numbers and bytes."""
    pieces = found.tokens[page * ROWS : (page + 1) * ROWS]
    first, count = page * ROWS + 1, len(found.tokens)
    place = texts.LIST_ALL.format(tokens=tokens(count))
    if count > ROWS:
        place = texts.LIST_PLACE.format(
            first=integer(first), last=integer(first + len(pieces) - 1), count=integer(count)
        )
    rows = [(_piece_cell(piece), str(piece.token_id), integer(len(piece.data))) for piece in pieces]
    return "\n".join((place, table(texts.COLUMNS, rows), texts.LIST_LEGEND))


def pages_of(found: Tokenization) -> int:
    """Count the pages of the list."""
    return -(-len(found.tokens) // ROWS)


def _piece_cell(piece: TokenPiece) -> str:
    if piece.joins:
        return texts.PART_OF.format(text=piece.text, whole=visible(piece.joins))
    if piece.is_special:
        return piece.text
    return glyphs(piece.text)


def _per_word(found: Tokenization) -> str:
    words = len(found.text.split())
    return decimal(len(found.written) / words, digits=1) if words else ""


def _quotable(text: str) -> str:
    return escape(clip(" ".join(visible(text).split()), _TEXT_LIMIT))
