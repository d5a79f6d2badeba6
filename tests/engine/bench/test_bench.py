import re
import subprocess
import sys
from dataclasses import replace

import pytest

from engine.bench.race import race, table
from engine.bench.workload import Workload


def test_the_quick_bench_prints_ratios():
    command = [sys.executable, "-m", "engine.bench", "--quick", "--naive", "--trace", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    tables = done.stdout.split("\n\n")[1:]
    rows, chosen = ([s for s in part.splitlines() if s.startswith("| ")] for part in tables)
    assert rows[0] == "| | 1 user | 2 users |"
    names = [row.split(" | ")[0].lstrip("| ") for row in rows[1:]]
    ours = r"ours, `(exact|fast|turbo)( \(computed as (?:exact|fast)\))?`"
    assert [re.fullmatch(ours, name)[1] for name in names[-5:-2]] == ["exact", "fast", "turbo"]
    assert names[-1] == "ours, `exact`, 3 traced"
    assert names[0] == "`generate()`, static batch, float32"
    assert names[-2] == "`generate()`, a thread per user, float32"
    assert len(names) == 7
    assert chosen[0] == "| | layers | products |"
    for row in chosen[1:]:
        assert re.fullmatch(
            rf"\| {ours}(, 3 traced)? \| \d+ → \d+ \| (torch|oneDNN|FBGEMM) .+ \|", row
        )
    for row in rows[1:]:
        assert len(re.findall(r"\d+ \(\d+\.\d\d×\), best \d+", row)) == 2


WORK = Workload(
    prompt="a",
    prompt_ids=(1,),
    text_ids=tuple(range(2, 41)),
    prompt_tokens=16,
    new_tokens=1,
    is_sampled=False,
)


def test_no_prompt_of_a_bench_goes_on_from_another():
    turns = [replace(WORK, turn=turn).rest_of(user) for turn in range(20) for user in range(16)]
    assert {len(prompt) for prompt in turns} == {15}
    assert len({prompt[:2] for prompt in turns}) == len(turns)


class Runner:
    def __init__(self, name, log):
        self.name, self.log = name, log

    async def serve(self, work, users):
        self.log.append(self.name)
        return 10 * users


async def test_everybody_runs_in_turns_and_is_compared_within_its_turn():
    log = []
    speeds = await race([Runner("a", log), Runner("b", log)], WORK, 4, 3)
    assert log == ["a", "b", "b", "a", "a", "b"]
    assert [len(numbers) for numbers in speeds.values()] == [3, 3]


def test_the_ratio_is_the_median_of_the_turns_not_of_the_medians():
    # The machine was twice as fast in the first turn: the ratio does not see it.
    results = {8: {"ours": [40.0, 20.0, 31.0], "theirs": [20.0, 10.0, 10.0]}}
    lines = table(results, "theirs").splitlines()
    assert lines[0] == "| | 8 users |"
    assert lines[2:] == ["| ours | 31 (2.00×), best 40 |", "| theirs | 10 (1.00×), best 20 |"]


@pytest.mark.parametrize("arguments", [["--users", "x"], ["--strategy", "beam"]])
def test_what_it_cannot_run_is_refused(arguments, capsys):
    from engine.bench.__main__ import main

    with pytest.raises((SystemExit, ValueError)):
        main(arguments)


@pytest.mark.parametrize("precision", ["fast", "turbo"])
def test_the_divergence_is_small_and_nothing_only_where_it_says_so(tmp_path, capsys, precision):
    from engine.bench.divergence import main
    from engine.bench.shapes import save_random

    save_random("tiny", tmp_path / "model")
    (tmp_path / "text.txt").write_text("En un lugar de la Mancha. " * 9, encoding="utf-8")
    sizes = ["--tokens", "40", "--piece", "16"]
    paths = [str(tmp_path / "model"), str(tmp_path / "text.txt")]
    main([*paths, *sizes, "--precision", precision])
    line = capsys.readouterr().out
    start = rf"40 positions: KL\(exact, {precision}( \(computed as (\w+)\))?\) (\S+) nats"
    _, here, divergence = re.match(start, line).groups()
    # Two loads that compute exactly may have kernels that add in another order.
    if here == "exact":
        assert abs(float(divergence)) < 1e-12
    else:
        assert 1e-12 < float(divergence) < 0.01
