import math
import re

from engine.bench.invariance import KINDS, main, requests, summary
from engine.bench.near_ties import Comparison
from engine.bench.shapes import save_random


def test_a_tiny_model_comes_out_the_same_alone_and_in_a_batch(tmp_path, capsys):
    save_random("tiny", tmp_path)
    main([str(tmp_path), "--users", "6", "--tokens", "60", "--new", "9"])
    *_, exact, fast, turbo = capsys.readouterr().out.splitlines()
    # Two rounds of six users, one of whom in each searches with one answer too.
    tokens, flips, explained, difference = re.fullmatch(
        r"\| exact \| (\d+) \| (\d+) \| (\d+) \| \S+ \| (\S+) \|", exact
    ).groups()
    assert int(tokens) == 2 * 6 * 9
    assert flips == explained
    assert float(difference) < 1e-3
    assert re.match(r"\| fast( \(computed as \w+\))? \| \d+ \| \d+ \| \d+", fast)
    assert re.match(r"\| turbo( \(computed as \w+\))? \| \d+ \| \d+ \| \d+", turbo)


def test_the_requests_are_of_every_kind_and_ask_for_enough():
    groups = requests(users=4, tokens=100, new_tokens=8)
    assert [len(group) for group in groups] == [4] * 4
    flat = [item for group in groups for item in group]
    assert len({item.request_id for item in flat}) == len({item.seed for item in flat}) == 16
    assert len({item.params for item in flat}) == len(KINDS)
    assert len({item.prompt for item in flat}) == 16
    assert sum(item.params.max_new_tokens for item in flat) >= 100


def test_the_line_tells_near_ties_from_other_flips():
    line = summary(
        "exact",
        [
            Comparison(tokens=10, margins=(2e-5,), difference=1e-6),
            Comparison(tokens=20, margins=(0.5, math.inf), difference=3e-6),
        ],
    )
    assert line == "| exact | 30 | 3 | 1 | inf | 3.0e-06 |"
