"""Explanations of what a model wrote. Importing this package does not import torch."""

from engine.explain.beam_fate import find_hypothesis
from engine.explain.compare import Contender, Measures, contenders, measure
from engine.explain.inside_values import (
    MAX_COMPONENTS,
    MAX_INSIDE_TOKENS,
    Attention,
    AttentionMap,
    AttentionRequest,
    LensCandidate,
    LensRow,
    LogitLens,
    LogitLensRequest,
    Neighbour,
    TokenVectors,
    TokenVectorsRequest,
    Vector,
)
from engine.explain.loops import Loop, find_loop
from engine.explain.recipe import recipe
from engine.explain.values import (
    CurvePoint,
    ExplainRequest,
    Moment,
    Redraw,
    RedrawRequest,
    Spelling,
    Suggestion,
    TokenFate,
    Verdict,
    WhyNot,
    WhyNotRequest,
)

__all__ = [
    "MAX_COMPONENTS",
    "MAX_INSIDE_TOKENS",
    "Attention",
    "AttentionMap",
    "AttentionRequest",
    "Contender",
    "CurvePoint",
    "ExplainRequest",
    "LensCandidate",
    "LensRow",
    "LogitLens",
    "LogitLensRequest",
    "Loop",
    "Measures",
    "Moment",
    "Neighbour",
    "Redraw",
    "RedrawRequest",
    "Spelling",
    "Suggestion",
    "TokenFate",
    "TokenVectors",
    "TokenVectorsRequest",
    "Vector",
    "Verdict",
    "WhyNot",
    "WhyNotRequest",
    "contenders",
    "find_hypothesis",
    "find_loop",
    "measure",
    "recipe",
]
