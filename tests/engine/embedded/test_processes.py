"""Two real processes that train one model."""

import json
import subprocess
import sys

import torch
from torch import distributed, multiprocessing, nn

from engine.embedded import processes

_RECIPE = {
    "objective": "masked",
    "hours": 0.001,
    "hidden-size": 32,
    "layers": 1,
    "heads": 2,
    "intermediate-size": 32,
    "n-positions": 64,
    "window": 32,
    "short-window": 16,
    "step-tokens": 256,
    "micro-tokens": 256,
    "warmup-steps": 2,
    "validation-share": 0.3,
}


def test_alone_there_is_nobody_to_meet():
    model = nn.Linear(2, 2)
    before = model.weight.clone()
    with processes.one_after_another():
        assert processes.meet(model, 3.5) == 3.5
    assert torch.equal(model.weight, before)
    assert (processes.number(), processes.count()) == (0, 1)


def _meet(number, folder):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=number, world_size=2
    )
    model = nn.Linear(2, 2)
    nn.init.constant_(model.weight, 1.0 + 2.0 * number)
    nn.init.constant_(model.bias, -1.0 * number)
    with processes.one_after_another():
        prepared = folder / "prepared"
        if number == 0:
            prepared.write_text("corpus", encoding="utf-8")
        assert prepared.exists()
    elapsed_s = processes.meet(model, 10.0 + number)
    (folder / f"{number}.json").write_text(
        json.dumps([model.weight.tolist(), model.bias.tolist(), elapsed_s]), encoding="utf-8"
    )
    distributed.destroy_process_group()


def test_processes_that_meet_have_the_mean_of_their_weights(tmp_path):
    multiprocessing.spawn(_meet, (tmp_path,), nprocs=2)
    for number in range(2):
        weight, bias, elapsed_s = json.loads((tmp_path / f"{number}.json").read_text())
        assert weight == [[2.0, 2.0]] * 2
        assert bias == [-0.5, -0.5]
        assert elapsed_s == 10.0


def test_two_processes_write_one_model(corpus, tmp_path):
    flags = [word for name, value in _RECIPE.items() for word in (f"--{name}", str(value))]
    start = "-m torch.distributed.run --standalone --nproc-per-node 2 -m engine.embedded.train"
    ended = subprocess.run(
        [
            sys.executable, *start.split(), str(corpus), str(tmp_path / "out"),
            "--work", str(tmp_path / "work"), *flags,
        ],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    record = json.loads((tmp_path / "out" / "training.json").read_text(encoding="utf-8"))
    (last,) = record["log"]
    assert last["tokens"] == 2 * last["step"] * _RECIPE["step-tokens"]
    assert last["step"] % processes.STEPS_APART == 0
    assert last["step"] > 0
