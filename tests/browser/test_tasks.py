"""Somebody new does what they came for, in as few actions as it may take."""

from __future__ import annotations

import pytest

from tests.browser.tasks import TASKS, Task


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_somebody_new_does_it_in_few_actions(demo, task: Task):
    demo.actions = 0
    task.do(demo)
    assert demo.actions <= task.actions
    assert demo.complaints() == []
