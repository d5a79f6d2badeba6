"""Text generation that can be looked into. Importing this package does not import torch."""

from engine.api import Engine
from engine.create import create_engine
from engine.decoding_params import (
    EARLY_STOPPING,
    FILTERS,
    RANGES,
    STRATEGIES,
    SWITCHES,
    DecodingParams,
)
from engine.errors import (
    ERROR_CODES,
    NO_TOKEN_LEFT,
    UNAVAILABLE_REASONS,
    EngineError,
    ErrorCode,
    ModelUnavailable,
)
from engine.requests import GenerationRequest, ScoreRequest
from engine.status import FreeMemory, PreparationProgress
from engine.trace import (
    Attempt,
    BeamNode,
    BeamTree,
    Candidate,
    Capabilities,
    Completion,
    Contrast,
    Done,
    Draw,
    EngineStats,
    Event,
    FinishReason,
    ModelInfo,
    Progress,
    Queued,
    Rest,
    Stage,
    Step,
)
from engine.validation import NumberRange

__all__ = [
    "EARLY_STOPPING",
    "ERROR_CODES",
    "FILTERS",
    "NO_TOKEN_LEFT",
    "RANGES",
    "STRATEGIES",
    "SWITCHES",
    "UNAVAILABLE_REASONS",
    "Attempt",
    "BeamNode",
    "BeamTree",
    "Candidate",
    "Capabilities",
    "Completion",
    "Contrast",
    "DecodingParams",
    "Done",
    "Draw",
    "Engine",
    "EngineError",
    "EngineStats",
    "ErrorCode",
    "Event",
    "FinishReason",
    "FreeMemory",
    "GenerationRequest",
    "ModelInfo",
    "ModelUnavailable",
    "NumberRange",
    "PreparationProgress",
    "Progress",
    "Queued",
    "Rest",
    "ScoreRequest",
    "Stage",
    "Step",
    "create_engine",
]
