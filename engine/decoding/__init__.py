"""How tokens are chosen: filters, strategies and their record. Importing it loads torch."""

from engine.decoding.beams.diverse import DiverseBeamSearch
from engine.decoding.beams.sampling import BeamSampling
from engine.decoding.beams.search import BeamSearch
from engine.decoding.contrastive import ContrastiveSearch
from engine.decoding.greedy import GreedySearch
from engine.decoding.ranking import SampleAndRank
from engine.decoding.sampling import Sampling
from engine.decoding.scoring import score
from engine.decoding.strategy import DecodingTask, Feed, Hypothesis, Strategy
from engine.decoding.task import build_strategy, build_task

__all__ = [
    "BeamSampling",
    "BeamSearch",
    "ContrastiveSearch",
    "DecodingTask",
    "DiverseBeamSearch",
    "Feed",
    "GreedySearch",
    "Hypothesis",
    "SampleAndRank",
    "Sampling",
    "Strategy",
    "build_strategy",
    "build_task",
    "score",
]
