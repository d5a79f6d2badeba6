"""Stored continuations of given texts."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.storage import StoredReply
from engine import Attempt, Completion, DecodingParams, GenerationRequest

MODEL = "gemma-3-270m (Q4\\_K\\_M)"


def attempt(text, **changes):
    return replace(
        Attempt(
            token_ids=tuple(range(60)),
            text=text,
            logprob=-142.31,
            score=-142.31,
            finish_reason="length",
        ),
        **changes,
    )


def reply(
    *texts, prompt="Había una vez un unicornio", is_prompt_kept=True, prefix=(), stop=(), **changes
):
    attempts = tuple(text if isinstance(text, Attempt) else attempt(text) for text in texts)
    params = DecodingParams(
        strategy="sample",
        temperature=0.8,
        top_p=0.9,
        max_new_tokens=60,
        attempts=len(attempts),
        stop=stop,
    )
    completion = Completion(
        request_id="a" * 32,
        model="gemma-3-270m",
        revision="a5fd3b62ffffffff",
        precision="exact",
        device="cpu",
        seed=7,
        params=params,
        inactive=(),
        prompt_tokens=7,
        truncated_tokens=0,
        queue_s=0.5,
        prefill_s=0.1,
        decode_s=2.0,
        attempts=attempts,
    )
    return StoredReply(
        reply_id="a" * 32,
        kind="continuar",
        owner_id=1,
        guild_id=2,
        channel_id=3,
        message_id=4,
        request=GenerationRequest(prompt=prompt, params=params, seed=7, prefix_ids=prefix),
        completion=replace(completion, **changes),
        is_prompt_kept=is_prompt_kept,
        created_at=datetime.now(UTC),
    )
