"""Hypothesis' strategies for whatever a stored reply and its trace may hold."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.messages.place import Place
from bot.storage.records import StoredReply
from engine import (
    STRATEGIES,
    Attempt,
    BeamNode,
    BeamTree,
    Candidate,
    Completion,
    DecodingParams,
    Draw,
    GenerationRequest,
    Rest,
    Stage,
    Step,
)

CUTS = ("no_repeat_ngram_size", "bad_words", "top_k", "top_p", "typical_p", "min_p", "eta_cutoff")


HOSTILE = (
    "```",
    "**",
    "\n# x",
    "@everyone",
    "\u202e",
    "🦄" * 8,
    "مرحبا",
    "⟨C3⟩",
    " " * 64,
    "<@1>",
    "a" * 90,
)


HYPOTHESIS = BeamNode(
    node=0,
    parent=None,
    step=0,
    token_id=1,
    text="x",
    token_score=-1.0,
    score=-1.0,
    normalised_score=-1.0,
    status="finished",
)


token_texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40), st.text("*_`~|<>[]()#", min_size=1)
)


probabilities = st.floats(0, 1, allow_nan=False)


@st.composite
def steps(draw) -> Step:
    count = draw(st.integers(1, 26))
    ranks = sorted(draw(st.sets(st.integers(1, 300_000), min_size=count, max_size=count)))
    cuts = draw(st.lists(st.sampled_from(CUTS), max_size=4, unique=True))
    candidates = tuple(
        Candidate(
            token_id=rank,
            text=draw(token_texts),
            raw_prob=draw(probabilities),
            raw_rank=rank,
            final_prob=draw(probabilities),
            removed_by=draw(st.sampled_from([None, *cuts])),
        )
        for rank in ranks
    )
    low = draw(st.floats(0, 0.999, allow_nan=False))
    return Step(
        chosen=draw(st.sampled_from(ranks)),
        entropy_bits=draw(st.floats(0, 18)),
        surprisal_bits=draw(st.floats(0, 1100)),
        final_entropy_bits=draw(st.floats(0, 18)),
        draw=draw(st.sampled_from([None, Draw(u=low, low=low, high=low + 1e-5)])),
        candidates=candidates,
        stages=tuple(
            Stage(
                name=name,
                kind="cut",
                tokens_kept=draw(st.integers(1, 300_000)),
                tokens_removed=draw(st.integers(0, 300_000)),
                mass_kept=0.5,
                mass_removed=0.5,
                raw_mass=draw(probabilities),
            )
            for name in ("vocabulary", *cuts, "draw")
        ),
        rest=Rest(count=draw(st.integers(0, 300_000)), raw_mass=0.1, final_mass=0.1),
    )


@st.composite
def replies(draw) -> tuple[StoredReply, Place]:
    sample = draw(st.lists(steps(), min_size=1, max_size=3))
    length_of_text = draw(st.sampled_from([1, 2, 24, 25, 26, 40, 60]))
    chain = tuple(sample[i % len(sample)] for i in range(length_of_text))
    attempt = Attempt(
        token_ids=tuple(step.chosen for step in chain),
        text="x",
        logprob=-1e4,
        score=-1e4,
        finish_reason=draw(st.sampled_from(["eos", "length", "cancelled", "context"])),
        steps=chain,
    )
    params = DecodingParams(
        strategy=draw(st.sampled_from(STRATEGIES)),
        num_beams=8,
        temperature=1.23456,
        top_k=50,
        top_p=0.98765,
        min_p=0.0123,
        typical_p=0.912,
        eta_cutoff=0.0003,
        epsilon_cutoff=0.0003,
        repetition_penalty=1.25,
        no_repeat_ngram_size=3,
        min_new_tokens=4096,
        top_h=0.45678,
        length_penalty=-1.5,
    )
    prompt = draw(
        st.one_of(st.text(min_size=1, max_size=50), st.sampled_from(["<@1>" * 1500, "🦄"]))
    )
    reply = StoredReply(
        reply_id="f" * 32,
        kind="explicar",
        owner_id=2**63 - 1,
        guild_id=1,
        channel_id=1,
        message_id=1,
        request=GenerationRequest(prompt=f"{prompt}x", trace_top_n=25),
        completion=Completion(
            request_id="f" * 32,
            model="m",
            revision="0123456789abcdef",
            precision="exact",
            device="cpu",
            seed=2**32 - 1,
            params=params,
            inactive=(),
            prompt_tokens=1,
            truncated_tokens=draw(st.sampled_from([0, 1, 99_999])),
            queue_s=0,
            prefill_s=0,
            decode_s=0,
            beams=draw(st.sampled_from([None, BeamTree(nodes=(HYPOTHESIS,), winners=(0,))])),
            attempts=(attempt,) * draw(st.sampled_from([1, 2, 10])),
        ),
        is_prompt_kept=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    place = Place(
        attempt=draw(st.integers(0, 9)),
        step=draw(st.integers(0, 60)),
        candidates=draw(st.sampled_from([1, 5, 10, 25])),
        publisher=draw(st.sampled_from([0, 2**63 - 1])),
    )
    return reply, place
