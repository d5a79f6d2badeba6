"""Alt texts: what the pictures say, for those who cannot see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.render.charts.attention import AttentionChart
from bot.render.charts.branches import BranchesChart, BranchLine
from bot.render.charts.duel import DuelChart, DuelLine
from bot.render.charts.formula import FormulaBar, FormulaChart
from bot.render.charts.funnel import FunnelChart, FunnelRow
from bot.render.charts.inside import InsideChart
from bot.render.charts.lens import LensChart
from bot.render.charts.step import Mass, StepBar, StepChart
from bot.render.charts.surprise import SurpriseToken
from bot.render.charts.tree import TreeChart
from bot.render.charts.vector import VectorChart
from bot.render.explorer import token_label
from bot.render.explorer_redraw import RedrawView, redraw_chart_of
from bot.render.explorer_tree import fates
from bot.render.markdown import clip, fits
from bot.render.notebook import NotebookRow
from bot.render.numbers import decimal, fixed, integer, percent, points
from bot.render.tokens import glyphs, plain
from bot.texts import arbol, comparar, dado, dentro, ejemplos, embudo, rama
from bot.texts import charts as texts

ALT_LIMIT = 256
_MOST_SURPRISING = 5
_OPTIONS = 2
_MOST_NUMBERS = 4


def step_alt(chart: StepChart) -> str:
    """Say the chosen token first, then the others, the tail and what was removed."""
    bars = sorted(chart.bars, key=lambda bar: not bar.is_chosen)
    tail = [
        *_mass(texts.ALT_REST if chart.is_filtered else texts.ALT_REST_ALONE, chart.rest),
        *_mass(texts.ALT_REMOVED_REST, chart.removed),
    ]
    lead = texts.ALT_STEP.format(title=chart.title).lstrip(". ")
    return _listed(lead, [_bar(bar, is_filtered=chart.is_filtered) for bar in bars], tail)


def funnel_alt(chart: FunnelChart) -> str:
    """Say what each stage left, and which token came out."""
    *stages, choice = chart.rows
    end = embudo.ALT_CHOICE.format(
        label=choice.label, token=plain(chart.token), share=percent(choice.mass)
    )
    return _listed(embudo.ALT.format(title=chart.title), [_stage(row) for row in stages], [end])


def inside_alt(chart: InsideChart) -> str:
    """Say the last token, its id and the size of its vector, what layers say, and what follows."""
    label, token_id = chart.tokens[-1]
    lead = dentro.ALT_SUMMARY.format(
        title=chart.title,
        tokens=_tokens(len(chart.tokens)),
        token=plain(label),
        id=integer(token_id),
        size=integer(chart.size),
    )
    options = [
        dentro.ALT_OPTION.format(token=plain(option.label), share=percent(option.prob))
        for option in sorted(chart.options, key=lambda option: not option.is_chosen)
    ]
    return _listed(lead, [dentro.ALT_CHOSEN.format(option=options[0]), *options[1:]], [])


def lens_alt(chart: LensChart) -> str:
    """Say what each layer would say, the last first, and what became of the chosen token."""
    lines = [
        dentro.ALT_LAYER.format(
            layer=line.label, token=plain(line.token), share=percent(line.prob, 0)
        )
        for line in chart.lines[::-1]
    ]
    return _listed(dentro.ALT_LENS.format(title=chart.title), lines, [])


def attention_alt(chart: AttentionChart) -> str:
    """Say at what each token looks most, the last first, and that nobody sees the future."""
    columns = ((dentro.CHART_EARLIER,) if chart.has_earlier else ()) + chart.tokens
    items = []
    for token, row in zip(chart.tokens[::-1], chart.rows[::-1], strict=True):
        best = max(range(len(row)), key=row.__getitem__)
        share, other = percent(row[best], 0), plain(columns[best])
        items.append(dentro.ALT_ROW.format(token=plain(token), other=other, share=share))
    return _listed(dentro.ALT_ATTENTION.format(title=chart.title), items, [dentro.ALT_FUTURE])


def vector_alt(chart: VectorChart) -> str:
    """Say the token, its id, the start of its vector, and the vector's length in each layer."""
    lead = dentro.ALT_VECTOR.format(
        title=chart.title,
        token=plain(chart.token),
        id=integer(chart.token_id),
        size=integer(chart.size),
        numbers=" · ".join(fixed(number, 2) for number in chart.table[:_MOST_NUMBERS]),
    )
    norms = [
        dentro.ALT_NORM.format(layer=line.label, norm=points(line.norm, 1)) for line in chart.lines
    ]
    return _listed(lead, norms, [])


def notebook_alt(rows: Sequence[NotebookRow]) -> str:
    """Say each step's best options and which token came out."""
    lead = texts.ALT_NOTEBOOK_ONE if len(rows) == 1 else texts.ALT_NOTEBOOK
    return _listed(lead.format(count=len(rows)), [_row(row) for row in rows], [])


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
    return _listed(lead, shown, [])


def duel_alt(chart: DuelChart) -> str:
    """Say each strategy's mean probability, and from where it repeats itself."""
    return _listed(comparar.ALT, [_strategy(line) for line in chart.lines], [])


def tree_alt(chart: TreeChart) -> str:
    """Say the marked path through the window, and what became of the others at each step."""
    branches = [branch for column in chart.columns for branch in column.branches]
    path = [branch for branch in branches if branch.is_on_path]
    items = [arbol.ALT_NO_PATH]
    if path:
        tokens = " ".join(arbol.ALT_TOKEN.format(token=plain(branch.label)) for branch in path)
        items = [arbol.ALT_PATH.format(tokens=tokens, total=points(path[-1].total, 3))]
    for column in chart.columns:
        counts: Counter[str] = Counter(branch.fate for branch in column.branches)
        counts["pruned"] += column.hidden
        items.append(arbol.ALT_COLUMN.format(step=column.step + 1, fates=fates(counts)))
    return _listed(arbol.ALT.format(title=chart.title), items, [])


def redraw_alt(view: RedrawView) -> str:
    """Say what came out and would come out, the die, the best tokens, and where the cuts fall."""
    chart, step = redraw_chart_of(view), view.redraw.step
    tokens = {c.token_id: plain(token_label(c.text)) for c in step.candidates}
    items = [dado.ALT_CAME_OUT.format(token=tokens[view.came_out])]
    if view.values and view.would_come_out is not None:
        items.append(dado.ALT_WOULD_COME_OUT.format(token=tokens[view.would_come_out]))
    items += [dado.ALT_DIE.format(u=fixed(strip.u, 3)) for strip in chart.strips[:1]]
    template = dado.ALT_TOKEN if view.values else dado.ALT_TOKEN_OWN
    items += [
        template.format(token=tokens[c.token_id], now=percent(c.final_prob), before=percent(then))
        for c, then in view.compared
    ]
    tail = [plain(cut.label) for cut in chart.cuts]
    return _listed(dado.ALT.format(title=chart.title), items, tail)


def formula_alt(chart: FormulaChart) -> str:
    """Say the formula in words, and its bars."""
    panels = [
        ejemplos.ALT_PANEL.format(title=panel.title, bars=", ".join(map(_share, panel.bars)))
        for panel in chart.panels
    ]
    return _listed(ejemplos.ALT.format(spoken=chart.spoken), panels, [])


def _share(bar: FormulaBar) -> str:
    template = ejemplos.ALT_BAR_REMOVED if bar.is_removed else ejemplos.ALT_BAR
    return template.format(label=plain(bar.label), share=percent(bar.share))


def branches_alt(chart: BranchesChart) -> str:
    """Say which text is looked at, and from which other one each goes on."""
    here = [rama.ALT_HERE.format(node=_branch(line)) for line in chart.lines if line.is_current]
    others = [_branch(line) for line in chart.lines if not line.is_current]
    return _listed(rama.ALT.format(title=chart.title), [*here, *others], [])


def _branch(line: BranchLine) -> str:
    template = rama.ALT_TOP if line.parent is None else rama.ALT_NODE
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
    template = {"whole": embudo.ALT_WHOLE, "reshape": embudo.ALT_RESHAPES}.get(row.kind)
    if template is None:
        template = embudo.ALT_CUT if row.mass < 1 else embudo.ALT_UNCUT
    return template.format(
        label=row.label, tokens=_tokens(row.tokens), share=percent(1.0 - row.mass)
    )


def _tokens(count: int) -> str:
    return embudo.TOKEN if count == 1 else embudo.TOKENS.format(count=integer(count))


def _strategy(line: DuelLine) -> str:
    template = comparar.ALT_LINE if line.repeats_from is None else comparar.ALT_LOOP
    mean = comparar.UNKNOWN if line.mean is None else percent(line.mean, 0)
    token = integer((line.repeats_from or 0) + 1)
    return template.format(label=line.label, mean=mean, token=token)


def _mass(template: str, mass: Mass | None) -> list[str]:
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


def _listed(lead: str, items: list[str], tail: list[str]) -> str:
    """Join as many items as fit before the tail; «…» stands for those left out."""
    kept = [*items]
    while True:
        cut = ["…"] if len(kept) < len(items) else []
        text = f"{lead} {'; '.join([*kept, *cut, *tail])}".rstrip()
        if fits(text, ALT_LIMIT) or not kept:
            return clip(text, ALT_LIMIT)
        kept.pop()
