from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from engine import EngineError, create_engine
from engine.explain import Tokenization, TokensRequest
from engine.explain.tokenization import tokenize
from engine.models.loaded import LoadedTokenizer
from tests.engine import tokenizers
from tests.engine.tiny import BOS, EOS, byte_level_tokenizer

WITH_BYTES = ("byte_level", "gemma", "llama")
AS_SPACES = ("gemma", "llama")
SPACE_PIECE = "▁"


def uncased() -> PreTrainedTokenizerFast:
    """WordPiece as BERT's: small letters, no accents, what is not in the vocabulary is unknown."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "el", "nino", "come", "pi", "##na", "."]
    model = models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


@pytest.fixture(scope="module")
def readers():
    found = {
        "byte_level": byte_level_tokenizer(adds_bos=True),
        "gemma": tokenizers.gemma(),
        "llama": tokenizers.llama(),
        "gpt1": tokenizers.gpt1(),
        "uncased": uncased(),
    }
    return {
        kind: LoadedTokenizer(name=kind, tokenizer=tokenizer, n_positions=64)
        for kind, tokenizer in found.items()
    }


def cut(readers, kind, text) -> Tokenization:
    return tokenize(readers[kind], TokensRequest(text=text))


@pytest.mark.parametrize("kind", WITH_BYTES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_the_bytes_of_the_pieces_join_to_the_text(readers, kind, text):
    # A SentencePiece vocabulary reads this character as a space; see the test below.
    assume(kind not in AS_SPACES or SPACE_PIECE not in text)
    found = cut(readers, kind, text)
    joined = b"".join(token.data for token in found.tokens)
    assert found.is_exact
    assert joined.decode() in (text, f" {text}")
    assert [t.token_id for t in found.tokens] == readers[kind].tokenizer(text)["input_ids"]


@pytest.mark.parametrize("kind", AS_SPACES)
def test_a_character_that_is_read_as_a_space_is_shown_as_it_was_typed(readers, kind):
    found = cut(readers, kind, SPACE_PIECE)
    assert not found.is_exact
    assert "".join(token.text for token in found.tokens if token.data_hex) == SPACE_PIECE


@pytest.mark.parametrize("kind", ["byte_level", "gemma", "llama", "gpt1", "uncased"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="aeñÑ á🦄.\n ", min_size=1))
def test_every_token_stands_for_what_is_in_the_text(readers, kind, text):
    found = cut(readers, kind, text)
    for token in found.tokens:
        assert all(char in text for char in token.joins)
        if "⟨" not in token.text and not token.joins and token.data_hex:
            assert token.text.strip() in text


@pytest.mark.parametrize("kind", WITH_BYTES)
def test_the_parts_of_a_character_say_what_they_join_to(readers, kind):
    parts = [token for token in cut(readers, kind, "a🦄a").tokens if token.joins]
    assert b"".join(token.data for token in parts) == "🦄".encode()
    assert [token.text for token in parts] == ["⟨F0⟩", "⟨9F⟩", "⟨A6⟩", "⟨84⟩"]
    assert {token.joins for token in parts} == {"🦄"}


def test_a_token_that_the_tokenizer_adds_is_none_of_the_text(readers):
    found = cut(readers, "byte_level", "vida")
    first = found.tokens[0]
    assert (first.text, first.is_special, first.data_hex) == (BOS, True, "")
    assert found.written == found.tokens[1:]


def test_a_special_token_that_is_typed_stands_for_what_was_typed(readers):
    found = cut(readers, "byte_level", f"vida{EOS}")
    assert found.tokens[-1].is_special
    assert found.tokens[-1].data == EOS.encode()
    assert found.is_exact
    assert found.tokens[-1] in found.written


def test_what_a_tokenizer_changes_is_said(readers):
    found = cut(readers, "uncased", "El niño come piña.")
    assert not found.is_exact
    assert found.read_as == "el nino come pina."
    assert [t.text for t in found.written] == ["El", "niño", "come", "pi", "ña", "."]
    assert [t.piece for t in found.tokens] == [
        *("[CLS]", "el", "nino", "come", "pi", "##na", ".", "[SEP]")
    ]


def test_what_has_no_token_is_unknown(readers):
    found = cut(readers, "uncased", "el unicornio")
    (unknown,) = [token for token in found.tokens if token.is_unknown]
    assert (unknown.text, unknown.is_special) == ("unicornio", False)


def test_a_text_that_is_kept_is_not_said_to_be_changed(readers):
    assert [cut(readers, kind, "La vida").read_as for kind in WITH_BYTES] == [None] * 3
    assert cut(readers, "gpt1", "La vida").read_as == "la vida"


def test_no_text_is_refused():
    with pytest.raises(EngineError) as caught:
        TokensRequest(text="")
    assert caught.value.code == "empty_prompt"


def test_the_value_travels_as_json(readers):
    found = cut(readers, "byte_level", "piña 🦄")
    assert Tokenization.from_dict(found.to_dict()) == found


async def test_the_engine_reads_a_tokenizer_without_the_weights(tiny_model, tmp_path):
    first, second = tiny_model("gpt2"), tiny_model("llama")
    folders = [str(Path(model.tokenizer.name_or_path)) for model in (first, second)]
    engine = create_engine(models=folders, data_dir=tmp_path)
    await engine.start()
    try:
        names = [info.name for info in engine.models()]
        found = await engine.explain(TokensRequest(text="La vida es sueño", model=names[1]))
        assert found.model == names[1]
        assert found.n_positions == second.n_positions
        assert [info.is_loaded for info in engine.models()] == [True, False]
        default = await engine.explain(TokensRequest(text="La vida es sueño"))
        assert default.n_positions == first.n_positions
    finally:
        await engine.close()


def test_an_end_that_also_stands_for_what_is_unknown_is_no_gap_of_the_text():
    """Some families have one token for both: what they add has no text to be unknown."""
    tokenizer = uncased()
    tokenizer.unk_token = "[SEP]"
    found = cut(
        {"both": LoadedTokenizer(name="both", tokenizer=tokenizer, n_positions=64)}, "both", "el ñu"
    )
    assert [piece.text for piece in found.tokens if piece.is_unknown] == []
    assert [piece.text for piece in found.written][:1] == ["el"]
    assert found.tokens[-1].is_special
    assert "[SEP]" not in [piece.text for piece in found.written]
