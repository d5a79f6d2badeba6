"""Values that use every field. The fixtures hold them: new fields may be added, none changed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.storage import Job, Preferences, StoredReply
from bot.storage.batches import Batch, Outcome
from bot.storage.branches import Branch
from bot.storage.game_records import Game, Guess, Hand, Option, Round
from bot.storage.game_records import Outcome as Drawn
from bot.storage.lesson_records import Findings, Lesson
from engine import (
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

ANA = 1_098_765_432_109_876_543
LUIS = 1_212_121_212_121_212_121
GUILD = 2**63 - 1
CHANNEL = 1_111_111_111_111_111_111
MESSAGE = 1_222_222_222_222_222_222
NOON = datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=UTC)

PREFERENCES = Preferences(
    params={"strategy": "beam", "num_beams": 3, "top_p": 0.9, "early_stopping": "never"},
    model="gemma-3-270m",
)
REQUEST = GenerationRequest(
    prompt="Había una vez un unicornio 🦄 ",
    params=DecodingParams(strategy="sample", temperature=0.8, top_p=0.9, bad_words=("malo",)),
    model="gemma-3-270m",
    seed=2**32 - 1,
    trace_top_n=2,
    user_id=ANA,
    deadline_s=600.0,
    request_id="0123456789abcdef0123456789abcdef",
    prefix_ids=(7, 8),
    revision="a5fd3b62",
)
STEP = Step(
    chosen=2,
    entropy_bits=3.25,
    surprisal_bits=3.6259,
    final_entropy_bits=2.1,
    draw=Draw(u=0.553, low=0.5, high=0.59),
    candidates=(
        Candidate(token_id=1, text="␣⟨C3⟩", raw_prob=0.225, raw_rank=1, final_prob=0.25),
        Candidate(
            token_id=2, text=" ñ雪", raw_prob=1e-12, raw_rank=4, final_prob=0.0, removed_by="top_p"
        ),
    ),
    stages=(
        Stage(
            name="top_p",
            kind="cut",
            tokens_kept=41,
            tokens_removed=262_103,
            mass_kept=0.9,
            mass_removed=0.1,
            raw_mass=0.9,
        ),
    ),
    rest=Rest(count=262_142, raw_mass=0.7, final_mass=0.66),
)
COMPLETION = Completion(
    request_id=REQUEST.request_id,
    model="gemma-3-270m",
    revision="a5fd3b62",
    precision="exact",
    device="cpu",
    seed=REQUEST.seed,
    params=REQUEST.params,
    inactive=("num_beams",),
    prompt_tokens=9,
    truncated_tokens=1,
    queue_s=0.1,
    prefill_s=0.2,
    decode_s=2.1,
    attempts=(
        Attempt(
            token_ids=(2, 1),
            text=" vida\n",
            logprob=-142.3,
            score=-0.1 - 0.2,
            finish_reason="eos",
            steps=(STEP, replace(STEP, draw=None)),
        ),
    ),
    beams=BeamTree(
        nodes=(
            BeamNode(
                node=0,
                parent=None,
                step=0,
                token_id=2,
                text=" vida",
                token_score=-1.5,
                score=-1.5,
                normalised_score=-1.5,
                status="finished",
            ),
        ),
        winners=(0,),
    ),
    prompt_ids=(1, 2, 3),
)
REPLY = StoredReply(
    reply_id=REQUEST.request_id,
    kind="continuar",
    owner_id=ANA,
    guild_id=GUILD,
    channel_id=CHANNEL,
    message_id=MESSAGE,
    request=REQUEST,
    completion=COMPLETION,
    is_prompt_kept=True,
    created_at=NOON,
)
JOB = Job(
    job_id="fedcba9876543210fedcba9876543210",
    kind="explicar",
    owner_id=ANA,
    guild_id=None,
    channel_id=CHANNEL,
    application_id=1_333_333_333_333_333_333,
    interaction_token="token-de-prueba",
    request=REQUEST,
    is_prompt_kept=True,
    created_at=NOON,
    can_resume=True,
)

BRANCH = Branch(
    reply_id=f"{1:032x}",
    parent_id=REPLY.reply_id,
    attempt=0,
    step=1,
    token=" ñandú",
    opening=" que vivía en los Andes",
)


def reply(number: int, *, ids: int = 0, **changes: object) -> StoredReply:
    """Return another reply, with `ids` random token ids (about 3 bytes each when packed)."""
    draw = random.Random(number)
    attempt = replace(
        COMPLETION.attempts[0],
        token_ids=tuple(draw.randrange(1_000_000) for _ in range(ids)),
        steps=(),
    )
    reply_id = f"{number:032x}"
    fields = {
        "reply_id": reply_id,
        "request": replace(REQUEST, request_id=reply_id),
        "completion": replace(COMPLETION, request_id=reply_id, attempts=(attempt,)),
    }
    return replace(REPLY, **(fields | changes))


VOTE = 0
"""Attempt of `BRANCHED` that Ana voted for."""
BRANCHED = reply(1, message_id=None, is_private=False, created_at=NOON + timedelta(minutes=1))

BATCH = Batch(
    batch_id="00000000000000000000000000000003",
    owner_id=ANA,
    guild_id=GUILD,
    channel_id=CHANNEL,
    message_id=MESSAGE,
    application_id=1_333_333_333_333_333_333,
    interaction_token="token-de-prueba",
    is_private=False,
    layout={"name": "frases.csv", "columns": ["id", "texto"], "column": "texto"},
    request=REQUEST,
    created_at=NOON,
)
CELLS = ({"id": "1", "texto": "Había una vez 🦄"}, {"id": "2", "texto": ""})
OUTCOME = Outcome(text=" un ñandú", model="gemma-3-270m", seed=7, tokens=3, finish="eos")

LESSON = Lesson(
    lesson_id="00000000000000000000000000000004",
    owner_id=ANA,
    application_id=1_333_333_333_333_333_333,
    guild_id=GUILD,
    channel_id=CHANNEL + 1,
    open_in=CHANNEL,
    model="gemma-3-270m",
    revision="abc",
    precision="exact",
    seed=42,
    cell="greedy",
    created_at=NOON,
)
FINDINGS = Findings(
    words={"text": "**Es** «ñandú» 🦄"},
    reply_ids=(REPLY.reply_id,),
    picture=b"\x89PNG",
    file=b"{}",
)

GAME = Game(
    game_id="00000000000000000000000000000006",
    host_id=ANA,
    guild_id=GUILD,
    channel_id=CHANNEL,
    application_id=1_333_333_333_333_333_333,
    rounds=3,
    seconds=30,
    request=REQUEST,
    created_at=NOON,
)
FIRST_ROUND = Round(
    game_id=GAME.game_id,
    number=1,
    state="preparing",
    version=0,
    reply_id="00000000000000000000000000000007",
    message_id=MESSAGE,
    interaction_token="token-de-prueba",
    token_at=NOON,
    deadline=None,
    prefix=(7, 8),
)
HAND = Hand(
    before="Había una vez un unicornio 🦄 vida",
    options=(
        Option(token_id=3, word="mar", prob=0.25),
        Option(token_id=2, word="ñandú", prob=0.5),
    ),
    outcome=Drawn(
        ids=(2, 9),
        text=" ñandúes",
        word="ñandúes",
        token="ñandú",
        prob=0.5,
        u=0.25,
        low=0.0,
        high=0.5,
    ),
    entropy_bits=1.5,
    shares=(0.5, 0.25),
)
GUESS = Guess(number=1, voter_id=ANA, choice=1, word="ñandú", ids=(2,), prob=0.5)
HOLD = "pause:1333333333333333333:1098765432109876543"
TYPED = Guess(number=1, voter_id=LUIS, choice=None, word="a\u200b*b*", ids=(4, 5), prob=1e-9)


async def require_first_samples(storage):
    """Require what every fixture has, from the first schema on."""
    assert await storage.preferences.get("user", ANA) == PREFERENCES
    assert await storage.preferences.get("guild", GUILD) == PREFERENCES
    assert await storage.replies.get(REPLY.reply_id) == REPLY
    assert await storage.replies.find_by_message(MESSAGE) == REPLY
    (job,) = await storage.jobs.unfinished()
    assert replace(job, can_resume=True) == JOB
    assert await storage.state.get("commands_hash") == "abc"
