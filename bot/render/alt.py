"""Alt texts: what the pictures say, for those who cannot see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.features.duel import texts as duel_texts
from bot.features.duel.chart import DuelChart, DuelLine
from bot.features.explorer.branches import texts as branches_texts
from bot.features.explorer.branches.chart import BranchesChart, BranchLine
from bot.features.explorer.files.notebook import NotebookRow
from bot.features.explorer.funnel import texts as funnel_texts
from bot.features.explorer.funnel.chart import FunnelChart, FunnelRow
from bot.features.explorer.inside import texts as inside_texts
from bot.features.explorer.inside.attention_chart import AttentionChart
from bot.features.explorer.inside.lens_chart import LensChart
from bot.features.explorer.inside.summary_chart import InsideChart
from bot.features.explorer.inside.vector_chart import VectorChart
from bot.features.explorer.redraw import texts as redraw_texts
from bot.features.explorer.redraw.words import RedrawView, redraw_chart_of
from bot.features.explorer.step.chart import Mass, StepBar, StepChart
from bot.features.explorer.surprise.chart import SurpriseToken
from bot.features.explorer.tree import texts as tree_texts
from bot.features.explorer.tree.chart import TreeChart
from bot.features.explorer.tree.words import fates
from bot.glossary import texts as glossary_texts
from bot.glossary.formula_chart import FormulaBar, FormulaChart
from bot.render.markdown import clip, fits
from bot.render.numbers import decimal, fixed, integer, percent, points
from bot.render.step import token_label
from bot.render.tokens import glyphs, plain
from bot.texts import charts as texts

ALT_LIMIT = 256
_MOST_SURPRISING = 5
_OPTIONS = 2
_MOST_NUMBERS = 4


def step_alt(chart: StepChart) -> str:
    """Say the chosen token first, then the others, the tail and what was removed."""
    bars = sorted(chart.bars, key=lambda bar: not bar.is_chosen)
    tail = [
        *mass_items(texts.ALT_REST if chart.is_filtered else texts.ALT_REST_ALONE, chart.rest),
        *mass_items(texts.ALT_REMOVED_REST, chart.removed),
    ]
    lead = texts.ALT_STEP.format(title=chart.title).lstrip(". ")
    return listed(lead, [_bar(bar, is_filtered=chart.is_filtered) for bar in bars], tail)


def funnel_alt(chart: FunnelChart) -> str:
    """Say what each stage left, and which token came out."""
    *stages, choice = chart.rows
    end = funnel_texts.ALT_CHOICE.format(
        label=choice.label, token=plain(chart.token), share=percent(choice.mass)
    )
    return listed(
        funnel_texts.ALT.format(title=chart.title), [_stage(row) for row in stages], [end]
    )


def inside_alt(chart: InsideChart) -> str:
    """Say the last token, its id and the size of its vector, what layers say, and what follows."""
    label, token_id = chart.tokens[-1]
    lead = inside_texts.ALT_SUMMARY.format(
        title=chart.title,
        tokens=tokens_text(len(chart.tokens)),
        token=plain(label),
        id=integer(token_id),
        size=integer(chart.size),
    )
    options = [
        inside_texts.ALT_OPTION.format(token=plain(option.label), share=percent(option.prob))
        for option in sorted(chart.options, key=lambda option: not option.is_chosen)
    ]
    return listed(lead, [inside_texts.ALT_CHOSEN.format(option=options[0]), *options[1:]], [])


def lens_alt(chart: LensChart) -> str:
    """Say what each layer would say, the last first, and what became of the chosen token."""
    lines = [
        inside_texts.ALT_LAYER.format(
            layer=line.label, token=plain(line.token), share=percent(line.prob, 0)
        )
        for line in chart.lines[::-1]
    ]
    return listed(inside_texts.ALT_LENS.format(title=chart.title), lines, [])


def attention_alt(chart: AttentionChart) -> str:
    """Say at what each token looks most, the last first, and that nobody sees the future."""
    columns = ((inside_texts.CHART_EARLIER,) if chart.has_earlier else ()) + chart.tokens
    items = []
    for token, row in zip(chart.tokens[::-1], chart.rows[::-1], strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        share, other = percent(row[best], 0), plain(columns[best])
        items.append(inside_texts.ALT_ROW.format(token=plain(token), other=other, share=share))
    return listed(
        inside_texts.ALT_ATTENTION.format(title=chart.title), items, [inside_texts.ALT_FUTURE]
    )


def vector_alt(chart: VectorChart) -> str:
    """Say the token, its id, the start of its vector, and the vector's length in each layer."""
    lead = inside_texts.ALT_VECTOR.format(
        title=chart.title,
        token=plain(chart.token),
        id=integer(chart.token_id),
        size=integer(chart.size),
        numbers=" · ".join(fixed(number, 2) for number in chart.table[:_MOST_NUMBERS]),
    )
    norms = [
        inside_texts.ALT_NORM.format(layer=line.label, norm=points(line.norm, 1))
        for line in chart.lines
    ]
    return listed(lead, norms, [])


def notebook_alt(rows: Sequence[NotebookRow]) -> str:
    """Say each step's best options and which token came out."""
    lead = texts.ALT_NOTEBOOK_ONE if len(rows) == 1 else texts.ALT_NOTEBOOK
    return listed(lead.format(count=len(rows)), [_row(row) for row in rows], [])


def surprise_alt(text: Sequence[SurpriseToken]) -> str:
    """Say how many tokens there are and which surprised most."""
    scored = sorted(
        ((token.bits, token.text) for token in text if token.bits is not None), reverse=True
    )
    lead = texts.ALT_SURPRISE.format(count=integer(len(text)))
    shown = [
        texts.ALT_TOKEN.format(token=plain(glyphs(token)), bits=decimal(bits, 1))
        for bits, token in scored[:_MOST_SURPRISING]
    ]
    return listed(lead, shown, [])


def duel_alt(chart: DuelChart) -> str:
    """Say each strategy's mean probability, and from where it repeats itself."""
    return listed(duel_texts.ALT, [_strategy(line) for line in chart.lines], [])


def tree_alt(chart: TreeChart) -> str:
    """Say the marked path through the window, and what became of the others at each step."""
    branches = [branch for column in chart.columns for branch in column.branches]
    path = [branch for branch in branches if branch.is_on_path]
    items = [tree_texts.ALT_NO_PATH]
    if path:
        tokens = " ".join(tree_texts.ALT_TOKEN.format(token=plain(branch.label)) for branch in path)
        items = [tree_texts.ALT_PATH.format(tokens=tokens, total=points(path[-1].total, 3))]
    for column in chart.columns:
        counts: Counter[str] = Counter(branch.fate for branch in column.branches)
        counts["pruned"] += column.hidden
        items.append(tree_texts.ALT_COLUMN.format(step=column.step + 1, fates=fates(counts)))
    return listed(tree_texts.ALT.format(title=chart.title), items, [])


def redraw_alt(view: RedrawView) -> str:
    """Say what came out and would come out, the die, the best tokens, and where the cuts fall."""
    chart, step = redraw_chart_of(view), view.redraw.step
    tokens = {c.token_id: plain(token_label(c.text)) for c in step.candidates}
    items = [redraw_texts.ALT_CAME_OUT.format(token=tokens[view.came_out])]
    if view.values and view.would_come_out is not None:
        items.append(redraw_texts.ALT_WOULD_COME_OUT.format(token=tokens[view.would_come_out]))
    items += [redraw_texts.ALT_DIE.format(u=fixed(strip.u, 3)) for strip in chart.strips[:1]]
    template = redraw_texts.ALT_TOKEN if view.values else redraw_texts.ALT_TOKEN_OWN
    items += [
        template.format(token=tokens[c.token_id], now=percent(c.final_prob), before=percent(then))
        for c, then in view.compared
    ]
    tail = [plain(cut.label) for cut in chart.cuts]
    return listed(redraw_texts.ALT.format(title=chart.title), items, tail)


def formula_alt(chart: FormulaChart) -> str:
    """Say the formula in words, and its bars."""
    panels = [
        glossary_texts.ALT_PANEL.format(title=panel.title, bars=", ".join(map(_share, panel.bars)))
        for panel in chart.panels
    ]
    return listed(glossary_texts.ALT.format(spoken=chart.spoken), panels, [])


def _share(bar: FormulaBar) -> str:
    template = glossary_texts.ALT_BAR_REMOVED if bar.is_removed else glossary_texts.ALT_BAR
    return template.format(label=plain(bar.label), share=percent(bar.share))


def branches_alt(chart: BranchesChart) -> str:
    """Say which text is looked at, and from which other one each goes on."""
    here = [
        branches_texts.ALT_HERE.format(node=_branch(line))
        for line in chart.lines
        if line.is_current
    ]
    others = [_branch(line) for line in chart.lines if not line.is_current]
    return listed(branches_texts.ALT.format(title=chart.title), [*here, *others], [])


def _branch(line: BranchLine) -> str:
    template = branches_texts.ALT_TOP if line.parent is None else branches_texts.ALT_NODE
    return template.format(
        number=line.number,
        parent=line.parent,
        step=(line.step or 0) + 1,
        label=plain(line.label),
        words=plain(line.words),
    )


def _bar(bar: StepBar, *, is_filtered: bool) -> str:
    template = texts.ALT_BAR if is_filtered else texts.ALT_ALONE
    if bar.is_removed:
        template = texts.ALT_REMOVED
    elif bar.is_chosen:
        template = texts.ALT_CHOSEN if is_filtered else texts.ALT_CHOSEN_ALONE
    return template.format(token=plain(bar.label), raw=percent(bar.raw), final=percent(bar.final))


def _stage(row: FunnelRow) -> str:
    template = {"whole": funnel_texts.ALT_WHOLE, "reshape": funnel_texts.ALT_RESHAPES}.get(row.kind)
    if template is None:
        template = funnel_texts.ALT_CUT if row.mass < 1 else funnel_texts.ALT_UNCUT
    return template.format(
        label=row.label, tokens=tokens_text(row.tokens), share=percent(1.0 - row.mass)
    )


def tokens_text(count: int) -> str:
    return funnel_texts.TOKEN if count == 1 else funnel_texts.TOKENS.format(count=integer(count))


def _strategy(line: DuelLine) -> str:
    template = duel_texts.ALT_LINE if line.repeats_from is None else duel_texts.ALT_LOOP
    mean = duel_texts.UNKNOWN if line.mean is None else percent(line.mean, 0)
    token = integer((line.repeats_from or 0) + 1)
    return template.format(label=line.label, mean=mean, token=token)


def mass_items(template: str, mass: Mass | None) -> list[str]:
    if mass is None or not mass.count:
        return []
    count, raw, final = integer(mass.count), percent(mass.raw), percent(mass.final)
    return [template.format(count=count, raw=raw, final=final)]


def _row(row: NotebookRow) -> str:
    options = ", ".join(
        texts.ALT_OPTION.format(token=plain(option.label), raw=percent(option.raw))
        for option in row.options[:_OPTIONS]
    )
    if row.chosen is None or row.chosen in row.options[:1]:
        return options
    return texts.ALT_ROW.format(options=options, token=plain(row.chosen.label))


def listed(lead: str, items: list[str], tail: list[str]) -> str:
    """Join as many items as fit before the tail; «…» stands for those left out."""
    kept = [*items]
    while True:
        cut = ["…"] if len(kept) < len(items) else []
        text = f"{lead} {'; '.join([*kept, *cut, *tail])}".rstrip()
        if fits(text, ALT_LIMIT) or not kept:
            return clip(text, ALT_LIMIT)
        kept.pop()
