"""CTRL's tokenizer as one of `tokenizers`: the ids and the text of the one in transformers."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CTRLTokenizer, PreTrainedTokenizerFast

from engine.models.tokenizer_conversion import converter_of
from engine.text import Vocabulary
from tests.engine import tokenizers

LETTERS = "abñ@\N{UNICORN FACE}"
HOSTILE = (
    "",
    " ",
    "\n",
    "la vida",
    " la  vida ",
    "la vida\n\nes\nun camino\n",
    "la\r\nvida\t\x0bes\x0c\x1cun\x1f\x85\u00a0\u2028\u3000fin",
    "vi\u200bda \ufeffla \u0301e",
    "日本語 \N{UNICORN FACE}\N{ZERO WIDTH JOINER}x",
    "<unk> a<unk>b <unk",
    "la@@ vida@@@@ @@ @@@ </w> a</w>b",
    "VIDA vidavida vid cami camino,camino",
)


def piece_of(symbol: str) -> str:
    return symbol.removesuffix("</w>") if symbol.endswith("</w>") else f"{symbol}@@"


@st.composite
def vocabularies(draw: st.DrawFn) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Merges as they are learnt, each out of parts that are there; pieces for some of them."""
    inner = list(LETTERS)
    ends = [f"{letter}</w>" for letter in LETTERS] + ["\n</w>"]
    merges: dict[tuple[str, str], None] = {}
    made = set()
    for _ in range(draw(st.integers(0, 14))):
        left = draw(st.sampled_from(inner))
        right = draw(st.sampled_from(inner + ends))
        # What two merges make may be made in two orders, which are not the same everywhere.
        if left + right in made:
            continue
        merges[left, right] = None
        made.add(left + right)
        (ends if right.endswith("</w>") else inner).append(left + right)
    known = draw(st.lists(st.sampled_from([*inner, *ends]), unique=True, min_size=1))
    pieces = draw(st.permutations(["<unk>", *dict.fromkeys(map(piece_of, known))]))
    return {piece: i for i, piece in enumerate(pieces)}, list(merges)


def write(folder, vocab, merges):
    (folder / "vocab.json").write_text(json.dumps(vocab))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines))


def read(folder) -> tuple[CTRLTokenizer, PreTrainedTokenizerFast]:
    convert = converter_of(folder, {"model_type": "ctrl"})
    assert convert is not None
    return CTRLTokenizer.from_pretrained(folder), convert(folder)


def assert_same(original, converted, line):
    ids = original(line)["input_ids"]
    assert converted(line)["input_ids"] == ids, line
    assert max(ids, default=0) < len(original)
    pieces = original.convert_ids_to_tokens(ids)
    if "@@" in pieces:
        # A word of its own, which the original takes for a mark.
        return
    # The original strips the ends of a text, and leaves the mark of a piece that is not finished.
    text = original.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    ours = converted.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    known = [piece for piece in pieces if piece != "<unk>"]
    is_open = bool(known) and known[-1].endswith("@@")
    assert ours.strip() == (text.removesuffix("@@") if is_open else text).strip()


@settings(max_examples=150, deadline=None)
@given(
    made=vocabularies(),
    lines=st.lists(st.text(alphabet=LETTERS + " \n\tzé<", max_size=14), max_size=6),
)
def test_any_vocabulary_gives_the_ids_of_the_original(tmp_path_factory, made, lines):
    folder = tmp_path_factory.mktemp("ctrl")
    write(folder, *made)
    original, converted = read(folder)
    for line in (*lines, *HOSTILE):
        assert_same(original, converted, line)
    assert converted.get_vocab().keys() <= {
        *(f"{piece}</w>" for piece in made[0]),
        *(piece.removesuffix("@@") for piece in made[0]),
        "<unk>",
    }


@pytest.mark.parametrize("line", HOSTILE)
def test_hostile_lines(tmp_path, line):
    tokenizers.ctrl(tmp_path)
    assert_same(*read(tmp_path), line)


def test_added_tokens_keep_their_ids(tmp_path):
    original = tokenizers.ctrl(tmp_path)
    original.add_special_tokens({"pad_token": "<relleno>"})
    original.add_tokens(["código"])
    original.save_pretrained(tmp_path)
    original, converted = read(tmp_path)
    line = "la <relleno> vida códigola vida<relleno>"
    assert converted(line)["input_ids"] == original(line)["input_ids"]
    assert converted.pad_token_id == original.pad_token_id == len(original) - 2
    assert len(converted) == len(original)


def test_a_piece_brings_the_space_behind_its_word(tmp_path):
    tokenizers.ctrl(tmp_path)
    _, converted = read(tmp_path)
    vocabulary = Vocabulary(converted)
    ids = converted("la vida es camino")["input_ids"]
    assert b"".join(map(vocabulary.bytes_of, ids)).decode() == "la vida es camino "
    assert vocabulary.decode(ids) == "la vida es camino"


def test_what_transformers_reads_by_itself_is_not_converted(tmp_path):
    tokenizers.ctrl(tmp_path)
    assert converter_of(tmp_path, {"model_type": "gpt2"}) is None
    assert converter_of(tmp_path, {}) is None
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "CTRLTokenizer"}')
    assert converter_of(tmp_path, {}) is not None
    (tmp_path / "tokenizer.json").write_text("{}")
    assert converter_of(tmp_path, {"model_type": "ctrl"}) is None
