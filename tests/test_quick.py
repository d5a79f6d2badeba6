"""What `make quick` leaves out is what needs a model or the simulated Discord, and no more."""

from pathlib import Path

import pytest

from tests.quick import is_quick

TESTS = Path(__file__).parent


@pytest.mark.parametrize(
    "file",
    ["bot/render/test_numbers.py", "bot/storage/test_replies.py", "engine/test_requests.py"],
)
def test_plain_files_are_quick(file):
    assert is_quick(TESTS / file)


@pytest.mark.parametrize(
    "file",
    [
        "browser/test_screens.py",
        "bot/features/continuation/test_command.py",
        "bot/features/settings/test_command.py",
        "engine/decoding/test_stages.py",
        "engine/runtime/test_load.py",
        "wire/test_service.py",
        "test_image.py",
    ],
)
def test_models_screens_and_processes_are_not(file):
    assert not is_quick(TESTS / file)
