"""The most probable token, again and again."""

from __future__ import annotations

from bot.features.lesson.cell import Cell, CellResult, Lab
from bot.render.markdown import escape
from engine import DecodingParams

PROMPT = "El amor es eterno mientras dura. "
STEPS = 12


class GreedyCell(Cell):
    """Greedy search by the engine."""

    key = "greedy"
    title = "Greedy con generate"
    idea = "En cada paso se elige la palabra más probable, y vuelta a empezar."
    code = "model.generate(input_ids,\n    max_new_tokens=12, do_sample=False)"
    question = "¿Por qué sale siempre el mismo texto?"
    own = DecodingParams(strategy="greedy", max_new_tokens=STEPS)

    async def run(self, lab: Lab) -> CellResult:
        """Write the notebook's first text."""
        assert self.own is not None
        trace = await lab.write(PROMPT, self.own)
        text = trace.completion.attempts[0].text
        return CellResult(text=f"**{escape(PROMPT)}**{escape(text)}", traces=(trace,))
