import threading

import pytest
import torch

from engine.models.teamwork import alone, together
from engine.runtime.threads import limit_torch_threads


@pytest.fixture(autouse=True)
def team_of_three():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def threads_of(work):
    seen = []

    def look(x):
        seen.append(torch.get_num_threads())
        return x

    work(look)
    return seen


def test_alone_is_one_thread_but_for_what_is_done_together():
    x = torch.ones(1)

    def work(look):
        with alone():
            look(x)
            assert together(look, x) is x
            look(x)
            together(lambda y: together(look, look(y)), x)
            look(x)
            with alone():
                together(look, x)
            together(look, x)
        look(x)
        together(look, x)

    assert threads_of(work) == [1, 3, 1, 3, 3, 1, 3, 3, 3, 3]


def test_an_error_leaves_the_team_as_it_was():
    def fail(_):
        raise ValueError("no")

    with alone():
        with pytest.raises(ValueError, match="no"):
            together(fail, torch.ones(1))
        assert torch.get_num_threads() == 1
    with pytest.raises(ValueError, match="no"), alone():
        fail(None)
    assert torch.get_num_threads() == 3


def test_whoever_works_elsewhere_notices_nothing(monkeypatch):
    monkeypatch.setattr("engine.runtime.threads.threads_per_worker", lambda workers: workers)
    seen = []

    def elsewhere():
        limit_torch_threads(2)
        limited.set()
        inside.wait()
        together(lambda x: seen.append(torch.get_num_threads()), None)

    limited, inside = threading.Event(), threading.Event()
    other = threading.Thread(target=elsewhere)
    other.start()
    limited.wait()
    with alone():
        inside.set()
        other.join()
    assert seen == [2]
