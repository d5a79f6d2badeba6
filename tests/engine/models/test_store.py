from __future__ import annotations

import gc
import threading
import time
from contextlib import ExitStack, nullcontext
from functools import partial

import pytest

from engine.errors import EngineError, ModelUnavailable
from engine.models import catalogue, loader, memory
from engine.models import store as module
from engine.models.store import ModelStore
from tests.engine.models.conftest import edit_json
from tests.engine.room import limit


@pytest.fixture
def loads(monkeypatch) -> list[str]:
    """Record which checkpoints are loaded."""
    seen: list[str] = []
    real = loader.load

    def load(entry, *args, **options):
        seen.append(entry.name)
        return real(entry, *args, **options)

    monkeypatch.setattr(loader, "load", load)
    return seen


def test_names_and_what_they_resolve_to(store):
    models = store("spanish-gpt2@v2", "someone/model", "spanish-gpt2@v2")
    assert models.names == ("spanish-gpt2@v2", "someone/model")
    assert models.resolve(None) == "spanish-gpt2@v2"
    assert models.resolve("spanish-gpt2") == "spanish-gpt2@v2"
    assert models.resolve("someone/model") == "someone/model"
    with pytest.raises(EngineError) as caught:
        models.get("otro")
    assert (caught.value.code, caught.value.model) == ("unknown_model", "otro")


def test_a_folder_may_be_given_as_a_path(tmp_path):
    assert ModelStore([tmp_path]).names == (tmp_path.name,)


def test_without_any_model(store, monkeypatch):
    monkeypatch.setattr(catalogue, "installed", tuple)
    models = store()
    assert models.names == models.infos() == ()
    with pytest.raises(ModelUnavailable) as caught:
        models.resolve(None)
    assert caught.value.reason == "no_models"


def test_only_known_arithmetics(store):
    with pytest.raises(EngineError) as caught:
        store("gpt2", precision="int8")
    assert (caught.value.code, caught.value.field) == ("invalid_params", "precision")


def test_infos_before_and_after_loading(store, checkpoint):
    first, second = checkpoint("uno"), checkpoint("dos", "llama")
    models = store(first, second)
    before, other = models.infos()
    assert (before.display_name, before.is_loaded, before.parameters) == ("uno", False, None)
    loaded = models.get(str(first))
    info, untouched = models.infos()
    assert info == loaded.info
    assert info.is_loaded
    assert untouched == other
    models.close()
    assert [info.is_loaded for info in models.infos()] == [False, False]
    assert models.infos()[0].parameters == info.parameters


def test_progress_is_reported_under_the_configured_name(store, checkpoint):
    folder, seen = checkpoint(), []
    store(folder, on_preparation=lambda *event: seen.append(event)).get(str(folder))
    assert seen == [("modelo", "load", None), ("modelo", "load", 1.0)]


def test_threads_that_want_the_same_model_load_it_once(store, checkpoint, loads):
    folder = checkpoint()
    models = store(folder)
    barrier, results = threading.Barrier(6), []

    def want() -> None:
        barrier.wait()
        results.append(models.get(str(folder)))

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert {id(loaded) for loaded in results} == {id(results[0])}
    assert len(results) == 6


def test_a_loaded_model_is_given_while_another_loads(store, checkpoint, monkeypatch):
    ready, slow = checkpoint("listo"), checkpoint("lento")
    models = store(ready, slow)
    models.get(str(ready))
    started, release = threading.Event(), threading.Event()
    real = loader.load

    def load(*args, **options):
        started.set()
        assert release.wait(30)
        return real(*args, **options)

    monkeypatch.setattr(loader, "load", load)
    thread = threading.Thread(target=models.get, args=(str(slow),))
    thread.start()
    assert started.wait(30)
    assert models.get(str(ready)).name == ready.name
    assert not models.infos()[1].is_loaded
    release.set()
    thread.join()
    assert models.infos()[1].is_loaded


def test_a_failed_load_is_tried_again(store, checkpoint):
    folder = checkpoint()
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:-1])
    models = store(folder)
    with pytest.raises(ModelUnavailable):
        models.get(str(folder))
    (folder / "model.safetensors").write_bytes(weights)
    assert models.get(str(folder)).name == folder.name


@pytest.fixture
def room(monkeypatch):
    return partial(limit, monkeypatch)


def loaded_names(models) -> list[str]:
    return [info.display_name for info in models.infos() if info.is_loaded]


def test_the_least_recently_used_model_makes_room(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b", "c")]
    models = store(*folders)
    room(2)
    models.get(folders[0])
    models.get(folders[1])
    models.get(folders[0])
    models.get(folders[2])
    assert loaded_names(models) == ["a", "c"]
    models.get(folders[1])
    assert loaded_names(models) == ["b", "c"]


def test_a_tokenizer_stays_when_the_weights_go(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    first = models.get(folders[0]).tokenizer
    assert models.get(folders[1]).tokenizer is not first
    assert models.get(folders[0]).tokenizer is first
    models.close()
    assert models.get(folders[0]).tokenizer is not first


def test_a_model_that_the_process_froze_is_unloaded_too(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    with models.use(folders[0]) as loaded:
        loaded.model.__dict__["owner"] = loaded
        del loaded
    gc.freeze()
    try:
        models.get(folders[1])
        assert loaded_names(models) == ["b"]
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


class Asking:
    """A thread that asks a store for a model, and what it got."""

    def __init__(self, models, name, is_wanted=lambda: True) -> None:
        self.got: list[str] = []
        self.error: EngineError | None = None
        self._models, self._name, self._is_wanted = models, name, is_wanted
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        try:
            with self._models.use(self._name, None, self._is_wanted) as loaded:
                self.got.append(loaded.name)
        except EngineError as error:
            self.error = error

    def end(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()


def wait_until_room_is_wanted(models) -> float:
    give_up_at = time.monotonic() + 30
    while (wanted_s := models.room_wanted_s) is None:
        assert time.monotonic() < give_up_at
        time.sleep(0.002)
    return wanted_s


def test_a_model_in_use_is_not_unloaded_but_waited_for(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    with models.use(folders[0]) as first:
        with models.use(folders[0]) as again:
            assert first is again
            other = Asking(models, folders[1])
            wanted_s = wait_until_room_is_wanted(models)
        assert loaded_names(models) == ["a"]
        assert (other.got, models.room_wanted_s) == ([], wanted_s)
        assert models.tokenizer(folders[0]).name == "a"
        del first, again
    other.end()
    assert (other.got, loaded_names(models), models.room_wanted_s) == (["b"], ["b"], None)


def test_who_comes_later_waits_behind_a_model_that_waits_for_room(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b", "c")]
    models = store(*folders)
    machine = room(2)
    models.get(folders[0])
    with models.use(folders[1]):
        machine.places = 1
        other = Asking(models, folders[2])
        wait_until_room_is_wanted(models)
        late = [Asking(models, folders[number]) for number in (0, 1)]
        assert [asking.got for asking in (other, *late)] == [[], [], []]
    for asking in (other, *late):
        asking.end()
    assert [asking.got for asking in (other, *late)] == [["c"], ["a"], ["b"]]


def test_what_is_wanted_no_longer_waits_no_longer(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    is_wanted = True
    with models.use(folders[0]):
        other = Asking(models, folders[1], lambda: is_wanted)
        wait_until_room_is_wanted(models)
        is_wanted = False
        other.end()
        assert other.error.code == "cancelled"
        assert models.room_wanted_s is None
        with models.use(folders[0]) as again:
            assert again.name == "a"
    assert loaded_names(models) == ["a"]


def test_a_model_that_fits_beside_no_batch_waits_until_the_batch_is_gone(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(2)
    with models.use(folders[0]):
        with memory.promised("cpu", 1):
            other = Asking(models, folders[1])
            wait_until_room_is_wanted(models)
            assert other.got == []
        other.end()
    assert loaded_names(models) == ["a", "b"]


def test_a_model_that_is_let_go_of_just_then_makes_room(store, checkpoint, room, monkeypatch):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    using = ExitStack()
    using.enter_context(models.use(folders[0]))
    look = models._residents.idle_bytes

    def look_before_that():
        found = look()
        using.close()
        return found

    monkeypatch.setattr(models._residents, "idle_bytes", look_before_that)
    models.get(folders[1])
    assert loaded_names(models) == ["b"]


@pytest.mark.parametrize("is_used", [False, True])
def test_nothing_is_unloaded_for_what_would_never_fit(
    store, checkpoint, room, monkeypatch, is_used
):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    models.get(folders[0])
    monkeypatch.setattr(memory, "estimate_bytes", lambda parameters: 10**12)
    with models.use(folders[0]) if is_used else nullcontext(), pytest.raises(EngineError) as caught:
        models.get(folders[1])
    assert (caught.value.code, caught.value.model) == ("out_of_memory", "b")
    assert (caught.value.needed_bytes, caught.value.available_bytes) == (10**12, 0)
    assert loaded_names(models) == ["a"]


def test_a_pin_ends_with_its_block_even_if_that_fails(store, checkpoint, room):
    folders = [str(checkpoint(name)) for name in ("a", "b")]
    models = store(*folders)
    room(1)
    with pytest.raises(ZeroDivisionError), models.use(folders[0]):
        raise ZeroDivisionError
    models.get(folders[1])
    assert loaded_names(models) == ["b"]


def test_a_revision_must_be_the_one_asked_for(store, checkpoint, loads):
    folder = checkpoint()
    models = store(folder)
    name = str(folder)
    with pytest.raises(ModelUnavailable) as caught:
        models.get(name, "00000000")
    assert caught.value.reason == "revision_changed"
    assert loads == []
    revision = models.get(name).revision
    assert caught.value.current == revision
    assert models.get(name, revision).revision == revision
    with pytest.raises(ModelUnavailable) as caught:
        models.get(name, "00000000")
    assert (caught.value.reason, caught.value.revision) == ("revision_changed", "00000000")
    assert len(loads) == 1


def test_a_folder_that_changed_has_another_revision_once_reloaded(store, checkpoint):
    folder = checkpoint()
    models = store(folder)
    old = models.get(str(folder)).revision
    edit_json(folder / "config.json", eos_token_id=3)
    assert models.get(str(folder)).revision == old
    models.close()
    assert models.get(str(folder)).revision != old
    with pytest.raises(ModelUnavailable):
        models.get(str(folder), old)


def test_models_are_kept_in_the_cache_folder_of_the_user_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert module._user_cache() == tmp_path / "unicornio"


def test_loading_leaves_the_lock_free_after_an_error(store, tmp_path, checkpoint):
    good = str(checkpoint())
    models = store(tmp_path / "nada", good)
    with pytest.raises(ModelUnavailable):
        models.get(str(tmp_path / "nada"))
    done = threading.Thread(target=models.get, args=(good,))
    done.start()
    done.join(60)
    assert not done.is_alive()
    assert loaded_names(models) == ["modelo"]


def test_the_first_of_a_kind_is_found_without_its_name(store):
    models = store("gpt2", "unicornio-huecos", "unicornio-tildes")
    assert models.resolve(None) == models.resolve(None, ("decoder",)) == "gpt2"
    assert models.resolve(None, ("encoder",)) == "unicornio-huecos"
    assert models.resolve(None, ("encoder_decoder", "encoder")) == "unicornio-huecos"
    assert models.resolve("gpt2", ("encoder",)) == "gpt2"
    with pytest.raises(ModelUnavailable) as caught:
        store("gpt2").resolve(None, ("encoder",))
    assert caught.value.reason == "no_models"


def test_one_that_has_not_been_read_is_taken_where_none_is_known(store):
    models = store("someone/model", "unicornio-huecos")
    assert [info.kind for info in models.infos()] == [None, "encoder"]
    assert models.resolve(None, ("decoder", "remote")) == "someone/model"
    assert models.resolve(None, ("encoder",)) == "unicornio-huecos"
