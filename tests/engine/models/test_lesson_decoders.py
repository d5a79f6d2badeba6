"""The decoders of the lesson, each with a tokenizer of its own kind, as the loader reads them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, LogitsProcessorList

from engine.control_codes import CONTROL_CODES
from engine.program_gaps import GAP_TOKENS
from tests.engine import tokenizers
from tests.engine.tiny import EOS, SHAPES, byte_level_tokenizer, complete, request

FAMILIES = {
    "openai-gpt": ("GPT-1", "text"),
    "gpt_neo": ("GPT-Neo", "text"),
    "gptj": ("GPT-J", "text"),
    "codegen": ("CodeGen", "code"),
    "gpt_bigcode": ("GPT-BigCode", "code"),
    "ctrl": ("CTRL", "text"),
}
CODES = ("Wikipedia", "Books", "Links")
PROMPTS = ("la vida es", "camino la vida es un", "Books la vida")


def save(family, folder):
    """Write a random model of a family, with the files that its checkpoints have."""
    if family == "ctrl":
        tokenizer = tokenizers.ctrl(folder, CODES)
    elif family == "openai-gpt":
        tokenizer = tokenizers.gpt1()
    else:
        tokenizer = byte_level_tokenizer()
    if family == "gpt_bigcode":
        tokenizer.add_special_tokens({"additional_special_tokens": list(GAP_TOKENS[0])})
    eos = tokenizer.convert_tokens_to_ids(EOS) if family not in ("ctrl", "openai-gpt") else 7
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        eos_token_id=eos,
        bos_token_id=eos,
        pad_token_id=None,
        initializer_range=0.4,
        **SHAPES[family],
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    if family != "ctrl":
        tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """Load a model through the store, once a family."""
    from engine.models.store import ModelStore

    loaded = {}

    def load(family):
        if family not in loaded:
            folder = save(family, tmp_path_factory.mktemp(family.replace("-", "")))
            store = ModelStore([str(folder)], device="cpu", data_dir=folder / "data")
            loaded[family] = store.get(str(folder))
        return loaded[family]

    return load


@pytest.mark.parametrize("family", FAMILIES)
def test_each_is_called_by_its_name(lesson, family):
    info = lesson(family).info
    assert (info.family, info.writes) == FAMILIES[family]
    assert info.kind == "decoder"
    assert info.gap_tokens == (GAP_TOKENS[0] if family == "gpt_bigcode" else ())
    codes = tuple(code for code in CONTROL_CODES if code in CODES)
    assert info.control_codes == (codes if family == "ctrl" else ())


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_and_beams_equal_transformers(lesson, family):
    base, rng = lesson(family), random.Random(family)
    for number in range(9):
        ends = frozenset(rng.sample(range(base.vocab_size), 4))
        loaded = replace(base, eos_ids=ends)
        beams = (1, 3)[number % 2]
        penalties = {
            "repetition_penalty": rng.choice([1.0, 1.2]),
            "no_repeat_ngram_size": rng.choice([0, 2]),
        }
        wanted = request(
            rng.choice(PROMPTS),
            strategy="beam" if beams > 1 else "greedy",
            num_beams=beams,
            max_new_tokens=rng.randint(2, 14),
            length_penalty=rng.choice([0.0, 1.0, -1.0]),
            **penalties,
        )
        done = complete(loaded, wanted)
        ids = torch.tensor([done.prompt_ids])
        output = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=beams,
            max_new_tokens=wanted.params.max_new_tokens,
            length_penalty=wanted.params.length_penalty,
            eos_token_id=sorted(ends),
            pad_token_id=0,
            **penalties,
        )
        expected = output[0, len(done.prompt_ids) :].tolist()
        written = list(done.attempts[0].token_ids)
        # Behind the end of a beam stands padding.
        assert written == expected[: len(written)]
        assert not any(expected[len(written) :])


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_drawn_from_equals_transformers(lesson, family):
    loaded = lesson(family)
    asked = request(
        PROMPTS[0],
        strategy="sample",
        temperature=0.8,
        top_k=30,
        top_p=0.9,
        repetition_penalty=1.2,
        max_new_tokens=6,
        trace_top_n=loaded.vocab_size,
        seed=3,
    )
    done = complete(loaded, asked)
    settings = GenerationConfig(
        do_sample=True, temperature=0.8, top_k=30, top_p=0.9, repetition_penalty=1.2
    )
    processors: LogitsProcessorList = loaded.model._get_logits_processor(settings)
    (attempt,) = done.attempts
    for place, step in enumerate(attempt.steps):
        ids = torch.tensor([[*done.prompt_ids, *attempt.token_ids[:place]]])
        with torch.inference_mode():
            logits = loaded.model(ids).logits[:, -1].float()
        expected = torch.softmax(processors(ids, logits)[0], -1)
        ours = torch.zeros_like(expected)
        for candidate in step.candidates:
            ours[candidate.token_id] = candidate.final_prob
        assert torch.allclose(ours, expected, atol=1e-4)
        low, high = step.draw.interval
        assert low <= step.draw.u < high


def test_a_gap_is_read_by_its_tokens(lesson):
    from engine.program_gaps import gap_prompt, split_gap_prompt

    loaded = lesson("gpt_bigcode")
    prompt = gap_prompt("def f(x):\n", "\n    return y", loaded.info.gap_tokens)
    done = complete(loaded, request(prompt, max_new_tokens=3))
    own = [loaded.tokenizer.convert_tokens_to_ids(token) for token in loaded.info.gap_tokens]
    assert [i for i in done.prompt_ids if i in own] == own
    assert done.control_tokens == loaded.info.gap_tokens
    assert split_gap_prompt(f"{prompt}y = x") == ("def f(x):\n", "\n    return y", "y = x")
    assert split_gap_prompt("def f(x):\n___") is None


def test_roberta_is_read_with_the_positions_that_it_was_trained_with(tmp_path):
    """A RoBERTa numbers its tokens from behind the padding index on: the first one is 2.

    `generate` of transformers hands positions from 0 on to any decoder, which shifts every token by
    two rows of the table and gives other texts than the model's own forward. Ours follow the model.
    """
    from engine.models.store import ModelStore

    tokenizer = byte_level_tokenizer()
    config = AutoConfig.for_model(
        "roberta",
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        eos_token_id=0,
        is_decoder=True,
        initializer_range=0.4,
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = ModelStore([str(tmp_path)], device="cpu", data_dir=tmp_path / "data").get(
        str(tmp_path)
    )
    done = complete(loaded, request("La vida es", max_new_tokens=10))
    written, ids = list(done.attempts[0].token_ids), list(done.prompt_ids)
    for token in written:
        with torch.inference_mode():
            logits = loaded.model(torch.tensor([ids])).logits[0, -1]
        assert int(logits.argmax()) == token
        ids.append(token)
    prompt = torch.tensor([done.prompt_ids])
    own = torch.arange(2, 2 + prompt.shape[1])[None]
    options = {"max_new_tokens": 10, "do_sample": False, "pad_token_id": 1}
    by_hand = loaded.model.generate(prompt, position_ids=own, **options)
    by_default = loaded.model.generate(prompt, **options)
    assert by_hand[0, prompt.shape[1] :].tolist()[: len(written)] == written
    assert by_default[0].tolist() != by_hand[0].tolist()
