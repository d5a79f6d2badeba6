from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine.errors import EngineError, ModelUnavailable
from engine.models import memory
from tests.engine.models.fake_hub import REPO, FakeHub


@pytest.fixture
def files(originals) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in originals("gpt2").iterdir()}


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Iterator[FakeHub]:
    """A hub with an empty cache, instead of the real one and the user's."""
    from huggingface_hub import constants

    fake = FakeHub()
    server = fake.server()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def go_offline(monkeypatch):
    from huggingface_hub import constants

    return lambda: monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def error_of(store, name: str = REPO, **options: object) -> EngineError:
    with pytest.raises(EngineError) as caught:
        store(name, **options).get(name)
    assert caught.value.model == name
    return caught.value


def test_a_download_takes_only_what_is_safe_and_needed(hub, files, store):
    extra = {"pytorch_model.bin": b"x", "onnx/model.onnx": b"x", "code.py": b"x"}
    commit = hub.push(files | extra)
    seen = []
    loaded = store(REPO, on_preparation=lambda *event: seen.append(event)).get(REPO)
    assert (loaded.name, loaded.display_name, loaded.revision) == (REPO, REPO, commit)
    fetched = {path.rpartition("/")[2] for path in hub.requests if "/resolve/" in path}
    assert fetched == set(files) - {".gitattributes"}
    shares = [share for _, phase, share in seen if phase == "download"]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert len(shares) > 2


def test_the_commit_is_resolved_and_followed(hub, files, store):
    hub.push(files)
    first = store(REPO).get(REPO).revision
    hub.push(files | {"merges.txt": b"#version: 0.2\n"})
    models = store(REPO)
    second = models.get(REPO).revision
    assert first != second == hub.branches["main"]
    # A text written with the older commit can still be replayed.
    assert models.get(REPO, first).revision == first
    assert models.get(REPO).revision == second
    assert models.infos()[0].revision == second


def test_branches_and_commits(hub, files, store):
    old = hub.push(files)
    hub.push(files | {"merges.txt": b""}, branch="refs/pr/1")
    for name, commit in (
        (f"{REPO}@refs/pr/1", hub.branches["refs/pr/1"]),
        (f"{REPO}@{old}", old),
    ):
        assert store(name).get(name).revision == commit


def test_the_cache_serves_when_the_hub_cannot_be_reached(hub, files, store, go_offline):
    commit = hub.push(files)
    store(REPO).get(REPO)
    asked = len(hub.requests)
    hub.refusal = (503, "")
    assert store(REPO).get(REPO).revision == commit
    assert len(hub.requests) > asked
    go_offline()
    assert store(REPO).get(REPO).revision == commit


def test_a_pinned_commit_in_the_cache_asks_nobody(hub, files, store):
    name = f"{REPO}@{hub.push(files)}"
    store(name).get(name)
    asked = len(hub.requests)
    store(name).get(name)
    assert len(hub.requests) == asked


def test_offline_with_an_empty_cache(hub, store, go_offline):
    go_offline()
    error = error_of(store)
    assert (error.reason, error.repo) == ("offline", REPO)
    assert isinstance(error.__cause__, ConnectionError)


def test_an_address_where_nobody_answers(hub, store, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert error_of(store).reason == "offline"


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (404, "RepoNotFound", "not_found"),
        (401, "RepoNotFound", "not_found"),
        (403, "GatedRepo", "gated"),
        (500, "", "offline"),
    ],
)
def test_refusals_of_the_hub(hub, store, status, code, reason):
    hub.refusal = (status, code)
    error = error_of(store)
    assert error.reason == reason
    assert error.__cause__ is not None


def test_a_revision_that_does_not_exist(hub, files, store):
    hub.push(files)
    error = error_of(store, f"{REPO}@nunca")
    assert (error.reason, error.revision) == ("not_found", "nunca")


def test_a_gated_repository_needs_its_token(hub, files, store):
    hub.push(files)
    hub.token = "hf_secreto"
    assert error_of(store).reason == "gated"
    assert store(REPO, hf_token="hf_secreto").get(REPO).display_name == REPO


def test_only_unsafe_weights(hub, files, store):
    weights = files.pop("model.safetensors")
    hub.push(files | {"pytorch_model.bin": weights})
    error = error_of(store)
    assert (error.reason, error.path) == ("unsafe_format", f"{REPO}/pytorch_model.bin")
    assert not any("/resolve/" in path for path in hub.requests)


def test_a_repository_without_weights(hub, files, store):
    del files["model.safetensors"]
    hub.push(files)
    assert error_of(store).reason == "missing_file"


def test_what_can_never_fit_is_not_downloaded(hub, files, store, monkeypatch):
    hub.push(files)
    monkeypatch.setattr(memory, "total_bytes", lambda: 1000)
    error = error_of(store)
    assert (error.code, error.available_bytes) == ("out_of_memory", 1000)
    assert error.needed_bytes == len(files["model.safetensors"])
    assert not any("/resolve/" in path for path in hub.requests)


def test_a_revision_that_is_gone(hub, files, store):
    hub.push(files)
    with pytest.raises(ModelUnavailable) as caught:
        store(REPO).get(REPO, "0" * 40)
    assert (caught.value.reason, caught.value.revision) == ("revision_changed", "0" * 40)
    assert caught.value.__cause__.reason == "not_found"


def test_damage_in_the_cache_is_said(hub, files, store, tmp_path, go_offline):
    hub.push(files)
    store(REPO).get(REPO)
    weights = next((tmp_path / "hub").glob("**/snapshots/*/model.safetensors"))
    weights.resolve().write_bytes(b"damage")
    go_offline()
    error = error_of(store)
    assert error.reason == "corrupt"
    assert error.path.endswith("model.safetensors")
