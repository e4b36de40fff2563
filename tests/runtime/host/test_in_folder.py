"""States in a folder on disk: the same bits as in memory, whatever ends the process."""

import copy
import gc
import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adamas
from adamas.errors import AdamasError, CheckpointError, StateError
from adamas.runtime.folder import journal, pages

SHAPES = {"kernel": (300, 257), "bias": (257,), "long": (100_003,), "stack": (2, 160, 130)}
KINDS = {
    "Adam": lambda: adamas.Adam(1e-2),
    "bfloat16": lambda: adamas.Adam(1e-2, states="bfloat16"),
    "8 bits": lambda: adamas.Adam(1e-2, states="8bit"),
    "averages": lambda: adamas.Adam(1e-2, use_ema=True, gradient_accumulation_steps=2),
    "clipped": lambda: adamas.AdamW(1e-2, global_clipnorm=1.0, amsgrad=True),
    "raising": lambda: adamas.Adam(1e-2, nonfinite="raise"),
    "rows and columns": lambda: adamas.SM3(1e-2),
    "matrices": lambda: adamas.Muon(1e-2),
    "remembered": lambda: adamas.Prodigy(),
    "drawn": lambda: adamas.SGD(1e-2, momentum=0.9, states="bfloat16"),
    "own clocks": lambda: adamas.Adam(1e-2, convention="torch"),
}


def arrays(seed):
    chance = np.random.default_rng(seed)
    found = {n: chance.standard_normal(s).astype(np.float32) for n, s in SHAPES.items()}
    return {**found, "kernel": np.asfortranarray(found["kernel"])}


def as_they_are(trees):
    return trees


def as_tensors(tree):
    torch = pytest.importorskip("torch")
    return {name: torch.from_numpy(array) for name, array in tree.items()}


def step(optimizer, params, calls, front=as_they_are):
    for call in calls:
        optimizer.apply(front(arrays(100 + call)), params)


def bits(optimizer, params):
    found = {f"p/{name}": np.asarray(value) for name, value in params.items()}
    for slot, named in optimizer.state.items():
        for name, value in named.items():
            if hasattr(value, "float"):
                value = value.float()  # PyTorch's bfloat16
            found[f"{slot}/{name}"] = np.asarray(value)
    return {name: value.tobytes() for name, value in found.items()}


def content(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "states"


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch):
    monkeypatch.setattr(pages.Pages, "stretch", 2**17)


def built(folder, kind="Adam", params=None):
    params = arrays(0) if params is None else params
    optimizer = KINDS[kind]()
    optimizer.build(params, states_folder=folder)
    return optimizer, params


# -- bits


@pytest.mark.parametrize("front", [as_they_are, as_tensors], ids=["NumPy", "tensors"])
@pytest.mark.parametrize("kind", KINDS)
def test_bits_are_those_of_a_state_in_memory_also_after_it_was_opened_again(kind, front, folder):
    params, others = front(arrays(0)), front(arrays(0))
    plain = KINDS[kind]()
    plain.build(params)
    step(plain, params, range(5), front)
    optimizer, _ = built(folder, kind, others)
    step(optimizer, others, range(3), front)
    optimizer.learning_rate = optimizer.learning_rate
    del optimizer
    gc.collect()
    optimizer, _ = built(folder, kind, others)
    assert (optimizer.calls, optimizer.pending) == (3, 3 % 2 if kind == "averages" else 0)
    step(optimizer, others, range(3, 5), front)
    assert bits(optimizer, others) == bits(plain, params)
    assert optimizer.session.remembered == plain.session.remembered


def test_a_walk_that_loses_what_it_wrote_is_noticed(folder, monkeypatch):
    monkeypatch.setattr(pages.os, "pwritev", lambda file, memory, at: len(memory[0]))
    optimizer, params = built(folder)
    step(optimizer, params, range(2))
    plain, others = KINDS["Adam"](), arrays(0)
    step(plain, others, range(2))
    assert bits(optimizer, params) != bits(plain, others)


def test_the_reference_compiler_and_parameters_in_another_order_go_on_with_it(folder):
    optimizer, params = built(folder)
    step(optimizer, params, range(2))
    del optimizer
    turned = {name: np.ascontiguousarray(params[name]) for name in reversed(params)}
    optimizer = KINDS["Adam"]()
    optimizer.build(turned, compiler="reference", states_folder=folder)
    step(optimizer, turned, range(2, 3))
    plain, others = KINDS["Adam"](), arrays(0)
    step(plain, others, range(3))
    for name, value in others.items():
        np.testing.assert_allclose(turned[name], value, rtol=1e-5, atol=1e-6)


def test_a_number_that_was_moved_goes_on(folder):
    optimizer, params = built(folder)
    optimizer.learning_rate = 0.5
    step(optimizer, params, range(1))
    del optimizer
    assert built(folder, params=params)[0].learning_rate == 0.5


# -- ends

TRAIN = """
import os, signal, sys
import numpy as np
import adamas
from adamas.runtime.folder.pages import Pages

folder, where = sys.argv[1], sys.argv[2]
params = np.memmap(folder + "/params", np.float32, "r+", shape=(200_000,))
Pages.stretch = 2**17
optimizer = adamas.Adam(1e-2)
optimizer.build([params], states_folder=folder + "/states")
visits = 0
def killing(visit):
    def visited(*known):
        global visits
        visit(*known)
        visits += 1
        if where == "within" and visits == 45:
            os.kill(os.getpid(), signal.SIGKILL)
    return visited
run = Pages.run
Pages.run = lambda self, stretches, length, visit: run(self, stretches, length, killing(visit))
while optimizer.iterations < 6:
    optimizer.apply([np.full(200_000, optimizer.iterations + 1.0, np.float32)])
    if where == "between" and optimizer.iterations == 3:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def trained(place, where):
    place.mkdir(exist_ok=True)
    if not (place / "params").exists():
        np.ones(200_000, np.float32).tofile(place / "params")
    command = [sys.executable, "-c", TRAIN, str(place), where]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def last_bits(place):
    states = (place / "states" / "states.bin").read_bytes()
    return (place / "params").read_bytes(), states


def test_a_process_that_is_killed_between_steps_is_gone_on_from(tmp_path):
    assert trained(tmp_path / "quiet", "never").returncode == 0
    assert trained(tmp_path / "killed", "between").returncode == -signal.SIGKILL
    assert trained(tmp_path / "killed", "never").returncode == 0
    assert last_bits(tmp_path / "killed") == last_bits(tmp_path / "quiet")


def test_one_that_is_killed_within_a_step_is_told_of(tmp_path):
    assert trained(tmp_path, "within").returncode == -signal.SIGKILL
    before = content(tmp_path / "states")
    ended = trained(tmp_path, "never")
    assert "must be of a whole step" in ended.stderr
    assert "within the step after update 3" in ended.stderr
    assert content(tmp_path / "states") == before


def test_a_machine_that_stopped_is_told_of_unless_the_disk_had_all(folder, tmp_path, monkeypatch):
    optimizer, params = built(folder)
    step(optimizer, params, range(1))
    shutil.copytree(folder, tmp_path / "early")
    optimizer.sync()
    shutil.copytree(folder, tmp_path / "late")
    step(optimizer, params, range(1, 2))
    shutil.copytree(folder, tmp_path / "later")
    monkeypatch.setattr(journal, "start_of_machine", lambda: "another")
    for name in ("early", "later"):
        with pytest.raises(CheckpointError, match=r"started anew.*sync"):
            built(tmp_path / name)
    assert built(tmp_path / "late")[0].iterations == 1


def test_an_optimizer_that_is_let_go_of_has_reached_the_disk(folder, monkeypatch):
    optimizer, params = built(folder)
    step(optimizer, params, range(1))
    del optimizer
    monkeypatch.setattr(journal, "start_of_machine", lambda: "another")
    assert built(folder)[0].iterations == 1


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", [b"", b"\0" * 300, None])
def test_a_record_that_is_not_whole_is_told_of(which, damage, folder, tmp_path):
    optimizer, params = built(folder)
    shutil.copytree(folder, tmp_path / "old")
    step(optimizer, params, range(3))
    del optimizer
    file = folder / f"step.{which}"
    file.write_bytes((tmp_path / "old" / file.name).read_bytes() if damage is None else damage)
    with pytest.raises(CheckpointError, match="no record of one that is whole"):
        built(folder)


def test_a_disk_that_fails_within_a_step_is_told_of(folder, monkeypatch):
    optimizer, params = built(folder)
    step(optimizer, params, range(2))

    def fail(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(pages.os, "pwritev", fail)
        with pytest.raises(OSError, match="Input/output"):
            step(optimizer, params, range(2, 3))
    with pytest.raises(StateError, match="reading or writing failed"):
        step(optimizer, params, range(3, 4))
    del optimizer
    with pytest.raises(CheckpointError, match="within the step after update 2"):
        built(folder)


def test_a_signal_waits_for_the_end_of_a_step(folder, monkeypatch):
    optimizer, params = built(folder)
    run = pages.Pages.run

    def interrupted(self, *known):
        signal.raise_signal(signal.SIGINT)
        run(self, *known)

    monkeypatch.setattr(pages.Pages, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        step(optimizer, params, range(1))
    assert optimizer.iterations == 1
    plain, others = KINDS["Adam"](), arrays(0)
    step(plain, others, range(1))
    assert bits(optimizer, params) == bits(plain, others)


# -- what is refused


def other_shape():
    return {**arrays(0), "bias": np.ones(3, np.float32)}


REFUSED = {
    "another optimizer": (lambda f: adamas.SGD(0.1, momentum=0.9), arrays, "the state of SGD"),
    "other slots": (lambda f: adamas.Adam(amsgrad=True), arrays, "Missing"),
    "another precision": (lambda f: adamas.Adam(states="bfloat16"), arrays, "expected bfloat16"),
    "another model": (lambda f: adamas.Adam(), lambda _: other_shape(), "Different"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(case, folder):
    optimizer, params = built(folder)
    step(optimizer, params, range(1))
    del optimizer
    make, others, words = REFUSED[case]
    before = content(folder)
    with pytest.raises(CheckpointError, match=words):
        make(folder).build(others(0), states_folder=folder)
    known = {name for name in before if not name.startswith("step")}
    assert {n: content(folder)[n] for n in known} == {n: before[n] for n in known}
    assert built(folder)[0].iterations == 1


def damaged_header(folder, change):
    header = json.loads((folder / "states.json").read_text())
    change(header)
    (folder / "states.json").write_text(json.dumps(header))


DAMAGES = {
    "no JSON": lambda f: (f / "states.json").write_text("{"),
    "format": lambda f: damaged_header(f, lambda h: h.update(format="adamas states 2")),
    "slots": lambda f: damaged_header(f, lambda h: h["slots"][0].update(axes=[0, 0])),
    "sizes": lambda f: damaged_header(f, lambda h: h["slots"][0].update(shape=[-1, 2])),
    "dtype": lambda f: damaged_header(f, lambda h: h["slots"][0].update(dtype="object")),
    "length": lambda f: os.truncate(f / "states.bin", 4096),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_refused(damage, folder):
    built(folder)
    DAMAGES[damage](folder)
    with pytest.raises(CheckpointError, match=r"must (be what adamas wrote|have .* bytes)"):
        built(folder)


def test_a_folder_of_other_things_is_refused_and_a_new_one_is_not_left_behind(tmp_path, folder):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(CheckpointError, match=r"Got: thesis\.tex"):
        built(tmp_path)
    for path, law in (("thesis.tex", "Got: a file"), ("none/states", "in a folder that is there")):
        with pytest.raises(CheckpointError, match=law):
            built(tmp_path / path)
    assert content(tmp_path).keys() == {"thesis.tex"}
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(CheckpointError, match="Got: a link to what is not there"):
        built(tmp_path / "link")
    optimizer = KINDS["Adam"]()
    optimizer.exclude_from_weight_decay(var_list=[np.zeros(3)])
    with pytest.raises(AdamasError):
        optimizer.build(arrays(0), states_folder=folder)
    assert not folder.exists()


@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_folder_belongs_to_one_optimizer_and_one_process(folder):
    optimizer, params = built(folder)
    with pytest.raises(StateError, match="another one has open"):
        built(folder)
    child = os.fork()
    if not child:
        try:
            step(optimizer, params, range(1))
        except StateError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    step(optimizer, params, range(1))
    assert optimizer.iterations == 1


def test_a_folder_that_was_deleted_does_not_reach_the_disk(folder):
    optimizer, params = built(folder)
    shutil.rmtree(folder)
    step(optimizer, params, range(1))
    with pytest.raises(StateError, match="somebody deleted"):
        optimizer.sync()
    another, _ = built(folder)
    with pytest.raises(StateError, match="somebody deleted"):
        optimizer.sync()
    another.sync()


# -- copies and files


def test_copies_are_in_memory_and_leave_the_folder_alone(folder):
    optimizer, params = built(folder)
    step(optimizer, params, range(2))
    for one in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        others = copy.deepcopy(params)
        one.build(others)
        step(one, others, range(2, 3))
        assert one.iterations == 3
    assert optimizer.iterations == 2
    one = copy.deepcopy(optimizer)
    del optimizer
    with pytest.raises(StateError, match="has a state already"):
        one.build(arrays(0), states_folder=folder)
    assert built(folder)[0].iterations == 2


def test_a_file_goes_out_of_a_folder_and_into_one(folder, tmp_path):
    optimizer, params = built(folder)
    step(optimizer, params, range(2))
    optimizer.save(tmp_path / "file")
    other, others = built(tmp_path / "other", params={n: p.copy("K") for n, p in params.items()})
    other.load(tmp_path / "file")
    step(optimizer, params, range(2, 4))
    step(other, others, range(2, 4))
    assert bits(other, others) == bits(optimizer, params)


def test_a_damaged_file_is_refused_and_changes_nothing(folder, tmp_path):
    optimizer, params = built(folder)
    step(optimizer, params, range(1))
    optimizer.save(tmp_path / "file")
    damaged = bytearray((tmp_path / "file").read_bytes())
    damaged[-1000] ^= 1
    (tmp_path / "file").write_bytes(damaged)
    before = bits(optimizer, params)
    with pytest.raises(CheckpointError, match="seal"):
        optimizer.load(tmp_path / "file")
    assert bits(optimizer, params) == before


def test_what_is_stored_otherwise_needs_another_folder(folder):
    optimizer, params = built(folder)
    with pytest.raises(StateError, match="another folder"):
        optimizer.convert(states="bfloat16")
    step(optimizer, params, range(1))
    assert optimizer.state["m"]["bias"].dtype == np.float32


def test_tensors_elsewhere_are_refused(folder):
    torch = pytest.importorskip("torch")
    with pytest.raises(AdamasError, match="must be on the CPU"):
        adamas.Adam().build([torch.ones(3, device="meta")], states_folder=folder)
    assert not Path(folder).exists()
