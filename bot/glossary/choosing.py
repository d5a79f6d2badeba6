"""Examples of how the next token is chosen."""

from __future__ import annotations

from bot.glossary import texts
from bot.glossary.asking import SEED, TOP, Asker, Example, listed, quoted, token, tokens
from bot.glossary.formula_chart import FormulaChart, tex_number
from bot.render.numbers import decimal, fixed, percent
from bot.render.step_sentence import die_sentence
from engine import Completion, Contrast

_WRITTEN = 4
_UNTIL_THE_END = 12
_BEAMS = 3
_ALPHA, _CANDIDATES = 0.6, 4
_DIGITS = 2


async def greedy(asker: Asker) -> Example:
    """Show a greedy text with the probability of each token."""
    done = await asker.write(texts.PROMPT, _WRITTEN)
    shown = listed(
        texts.LISTED_SHARE.format(
            token=token(step.chosen_candidate.text), share=percent(step.chosen_candidate.raw_prob)
        )
        for step in done.attempts[0].steps
    )
    text = texts.GREEDY.format(prompt=quoted(texts.PROMPT), text=_text(done), tokens=shown)
    return Example(text=text)


async def samples(asker: Asker) -> Example:
    """Show three texts of three dice."""
    done = await asker.write(texts.PROMPT, _WRITTEN, strategy="sample", attempts=TOP)
    shown = listed(quoted(attempt.text) for attempt in done.attempts)
    return Example(text=texts.SAMPLES.format(prompt=quoted(texts.PROMPT), texts=shown))


async def beams(asker: Asker) -> Example:
    """Show what beam search finds beside greedy search."""
    one = await asker.write(texts.PROMPT, _WRITTEN)
    many = await asker.write(texts.PROMPT, _WRITTEN, strategy="beam", num_beams=_BEAMS)
    first, found = one.attempts[0], many.attempts[0]
    text = texts.BEAMS.format(
        prompt=quoted(texts.PROMPT),
        greedy=quoted(first.text),
        greedy_logprob=fixed(first.raw_logprob, _DIGITS),
        beams=_BEAMS,
        beam=quoted(found.text),
        beam_logprob=fixed(found.raw_logprob, _DIGITS),
    )
    if first.token_ids == found.token_ids:
        text += texts.BEAMS_SAME
    return Example(text=text)


async def die(asker: Asker) -> Example:
    """Show a throw of the die and the stretch where it fell."""
    done = await asker.write(texts.PROMPT, 1, strategy="sample")
    step = done.attempts[0].steps[0]
    thrown = "" if step.draw is None else die_sentence(step.draw)
    text = texts.DIE.format(
        prompt=quoted(texts.PROMPT), die=thrown, token=token(step.chosen_candidate.text)
    )
    return Example(text=text)


async def seeds(asker: Asker) -> Example:
    """Show a text of one seed, the same seed again, and another."""
    first, again, changed = [
        await asker.write(texts.PROMPT, _WRITTEN, seed=seed, strategy="sample")
        for seed in (SEED, SEED, SEED + 1)
    ]
    text = texts.SEED.format(
        seed=SEED, first=_text(first), again=_text(again), other=SEED + 1, changed=_text(changed)
    )
    return Example(text=text)


async def end(asker: Asker) -> Example:
    """Show whether the end token comes."""
    done = await asker.write(texts.ENDED_PROMPT, _UNTIL_THE_END)
    attempt = done.attempts[0]
    template = texts.ENDED if attempt.finish_reason == "eos" else texts.NOT_ENDED
    text = template.format(
        prompt=quoted(texts.ENDED_PROMPT),
        limit=tokens(_UNTIL_THE_END),
        count=tokens(len(attempt.token_ids)),
    )
    return Example(text=text)


async def ranking(asker: Asker) -> Example:
    """Show three samples in the order of their mean log-probability."""
    done = await asker.write(texts.PROMPT, _WRITTEN, strategy="sample_and_rank", attempts=TOP)
    shown = listed(
        texts.RANKED_ITEM.format(
            text=quoted(attempt.text),
            score=fixed(attempt.raw_logprob / max(1, len(attempt.token_ids)), _DIGITS),
        )
        for attempt in done.attempts
    )
    return Example(text=texts.RANKED.format(prompt=quoted(texts.PROMPT), texts=shown))


async def contrast(asker: Asker) -> Example:
    """Show the two terms of a contrastive search's first step."""
    done = await asker.write(
        texts.PROMPT, 1, strategy="contrastive", penalty_alpha=_ALPHA, top_k=_CANDIDATES
    )
    step = done.attempts[0].steps[0]
    weighed = step.contrast
    shown = listed(
        texts.LISTED_NUMBER.format(token=token(item.text), number=fixed(item.score, _DIGITS))
        for item in weighed
    )
    text = texts.CONTRAST.format(
        prompt=quoted(texts.PROMPT),
        alpha=decimal(_ALPHA),
        tokens=shown,
        winner=token(step.chosen_candidate.text),
    )
    chart = FormulaChart(
        formula=r"$(1-\alpha)\,p - \alpha\,\max_j\,\cos(h,\,h_j)$",
        spoken=texts.SPOKEN_CONTRAST,
        filled=tuple(_contrast_line(item) for item in weighed),
    )
    return Example(text=text, chart=chart)


def _contrast_line(item: Contrast) -> str:
    keep, weigh = tex_number(1 - _ALPHA, 1), tex_number(_ALPHA, 1)
    confidence, penalty = tex_number(item.confidence, 3), tex_number(item.penalty, 3)
    score = tex_number(item.score, 3)
    return rf"${keep} \cdot {confidence} - {weigh} \cdot {penalty} = {score}$"


def _text(done: Completion) -> str:
    return quoted(done.attempts[0].text)
