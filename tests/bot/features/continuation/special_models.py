"""Models that write programs, and one that is told what to write by a code."""

from dataclasses import replace

from engine.program_gaps import GAP_TOKENS
from tests.bot.scripted import ScriptedEngine

_LOADED, _ = ScriptedEngine().models()
PROGRAMS = replace(_LOADED, name="codigo", display_name="codigo", family="CodeGen", writes="code")
FILLER = replace(PROGRAMS, name="huecos", display_name="huecos", gap_tokens=GAP_TOKENS[0])
CTRL = replace(
    _LOADED,
    name="ctrl",
    display_name="ctrl",
    family="CTRL",
    control_codes=("Wikipedia", "Books", "Reviews"),
)
ALL = (PROGRAMS, FILLER, CTRL)
