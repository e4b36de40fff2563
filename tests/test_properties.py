"""What must hold for any gradients: scale, order, chunks, threads, copies, other processes."""

import copy
import itertools
import os
import tempfile
import textwrap
import threading
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adamas
from adamas import Adam
from adamas.compilers import threads
from adamas.errors import ConfigurationError
from cases import (
    BFLOAT16,
    DTYPES,
    Textbook,
    assert_same_bits,
    bits,
    gradients,
    layout,
    leaves,
    parameters,
    picture,
    run,
)
from processes import output_of

f32 = np.float32

# The same examples each time; most time goes to the steps themselves.
steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ARGUMENTS = st.fixed_dictionaries(
    {
        "amsgrad": st.booleans(),
        "weight_decay": st.sampled_from([None, 0.125]),
        "clipvalue": st.sampled_from([None, 1.0]),
        "loss_scale_factor": st.sampled_from([None, 8.0]),
        "gradient_accumulation_steps": st.sampled_from([None, 2]),
    }
)
AVERAGES = st.sampled_from(
    [
        {},
        {"use_ema": True, "ema_momentum": 0.5},
        {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    ]
)
PLAIN = st.sampled_from([{}, {"use_ema": True}, {"weight_decay": 0.25, "amsgrad": True}])
SEEDS = st.integers(0, 2**31)


@st.composite
def shapes(draw: Any) -> list[tuple[int, ...]]:
    """A few tensors of up to three axes, some empty, some scalars."""
    sides = st.lists(st.integers(0, 9), max_size=3).map(tuple)
    return draw(st.lists(sides, min_size=1, max_size=5))


@steady
@given(seed=SEEDS, powers=st.lists(st.integers(-12, 12), min_size=33, max_size=33), data=st.data())
def test_gradients_may_be_rescaled_by_powers_of_two_when_epsilon_is_zero(seed, powers, data):
    """Each weight by its own: the ratio m / √v keeps every bit, and so do the weights."""
    arguments = data.draw(PLAIN)
    dtype = data.draw(st.sampled_from([np.float64, f32, BFLOAT16]))
    scale = 2.0 ** np.array(powers)
    params = parameters(seed % 1000, [dtype], [(33,)])
    others = [p.copy() for p in params]
    one, two = (Adam(0.01, epsilon=0.0, **arguments) for _ in range(2))
    for step in range(4):
        g = np.random.default_rng(seed + step).uniform(0.5, 2, 33)
        g = (g * np.random.default_rng(step).choice([-1, 1], 33)).astype(dtype)
        one.apply([g], params)
        two.apply([(g * scale).astype(dtype)], others)
    assert_same_bits(params, others)


def test_with_an_epsilon_the_scale_is_seen():
    params, others = [np.ones(8, f32)], [np.ones(8, f32)]
    run(Adam(epsilon=1e-3), params)
    run(Adam(epsilon=1e-3), others, make=lambda p, s: [g / 64 for g in gradients(p, s)])
    assert bits(params[0]) != bits(others[0])


@steady
@given(seed=SEEDS, arguments=ARGUMENTS, averages=AVERAGES, data=st.data())
def test_weights_do_not_see_each_other(seed, arguments, averages, data):
    """Shuffled, and cut into other tensors, each weight takes the way it took before."""
    arguments = {**arguments, **averages}
    dtype = data.draw(st.sampled_from(DTYPES))
    size = data.draw(st.integers(1, 80))
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=4)))
    order = np.random.default_rng(seed).permutation(size)
    (whole,) = parameters(seed % 1000, [dtype], [(size,)])
    pieces = [piece.copy() for piece in np.split(whole[order], cuts)]
    one, two = Adam(0.01, **arguments), Adam(0.01, **arguments)
    one.build([whole])
    two.build(pieces)
    for step in range(4):
        (g,) = gradients([whole], seed + step)
        one.apply([g])
        two.apply(np.split(g[order], cuts))
    assert_same_bits([whole[order]], [np.concatenate(pieces)])
    for slot, named in one.state.items():
        parts = np.concatenate(list(two.state[slot].values()))
        assert_same_bits([named["0"][order]], [parts])


@steady
@given(
    seed=SEEDS,
    tensors=shapes(),
    arguments=ARGUMENTS,
    chunk=st.integers(1, 70),
    team=st.integers(1, 4),
    data=st.data(),
)
def test_chunks_and_threads_change_no_bit(seed, tensors, arguments, chunk, team, data):
    dtype = data.draw(st.sampled_from(DTYPES))
    params = parameters(seed % 1000, [dtype], tensors)
    others = [p.copy() for p in params]
    one = run(Adam(0.01, **arguments), params, 4)
    with layout(chunk):
        adamas.set_num_threads(team)
        two = run(Adam(0.01, **arguments), others, 4)
    assert_same_bits(params, others)
    assert_same_bits(leaves(one.state), leaves(two.state))


@pytest.mark.parametrize("clip", [{"clipnorm": 1.0}, {"global_clipnorm": 1.0}])
@pytest.mark.parametrize("dtype", [np.float64, f32, BFLOAT16], ids=str)
def test_norms_are_the_same_bits_for_any_number_of_threads(clip, dtype):
    """Gradients whose squares do not add up exactly, so that every order of adding shows."""
    shapes = [(100_000,), (3, 5001), (), (64, 64), (7,)]

    def noise(params, seed):
        chance = np.random.default_rng(seed)
        return [np.asarray(chance.normal(size=p.shape)).astype(p.dtype) for p in params]

    results = []
    for team in (1, 2, 3, 4):
        adamas.set_num_threads(team)
        params = parameters(0, [dtype], shapes)
        with layout():
            optimizer = run(Adam(0.01, **clip), params, 3, noise)
        results.append((optimizer.gradient_norm, picture(optimizer, params)))
    assert all(result == results[0] for result in results)


def test_many_more_threads_than_chunks_do_everything_once():
    for team in (7, 64):
        adamas.set_num_threads(team)
        params, others = parameters(shapes=((37,), (3, 5))), parameters(shapes=((37,), (3, 5)))
        with layout(chunk=30):
            run(Adam(), params)
        run(Adam(), others)
        assert_same_bits(params, others)


def test_a_wrong_number_of_threads_is_refused():
    for wrong in (0, -1, 2.0, True, None, "2"):
        with pytest.raises(ConfigurationError, match="threads"):
            adamas.set_num_threads(wrong)  # type: ignore[arg-type]


WAYS = ("deepcopy", "save and load")


@steady
@given(seed=SEEDS, tensors=shapes(), arguments=ARGUMENTS, averages=AVERAGES, data=st.data())
def test_a_copied_state_steps_on_with_the_same_bits(seed, tensors, arguments, averages, data):
    arguments = {**arguments, **averages}
    dtype = data.draw(st.sampled_from(DTYPES))
    before, after = data.draw(st.integers(0, 5)), data.draw(st.integers(1, 5))
    params = parameters(seed % 1000, [dtype], tensors)
    optimizer = Adam(0.01, **arguments)
    optimizer.build(params)
    run(optimizer, params, before)
    others = [p.copy() for p in params]
    if data.draw(st.sampled_from(WAYS)) == "deepcopy":
        copied = copy.deepcopy(optimizer)
        copied.build(others)
    else:
        copied = Adam(0.01, **arguments)
        copied.build(others)
        with tempfile.TemporaryDirectory() as folder:
            optimizer.save(Path(folder) / "state.safetensors")
            copied.load(Path(folder) / "state.safetensors")
    assert picture(copied, others) == picture(optimizer, params)
    run(optimizer, params, after)
    run(copied, others, after)
    assert picture(copied, others) == picture(optimizer, params)


@steady
@given(seed=SEEDS, calls=st.lists(st.integers(0, 7), min_size=1, max_size=12), averages=AVERAGES)
def test_any_order_of_subsets_gives_each_its_own_way(seed, calls, averages):
    """Three tensors, any of which may come with any call; a textbook for each one."""
    params = parameters(seed % 1000, [f32], [(5,), (17,), (3, 3)])
    optimizer = Adam(0.01, **averages)
    optimizer.build(params)
    books = [Textbook([p], learning_rate=0.01, **averages) for p in params]
    for book in books:
        # An average that misses the first update starts from the weights of build.
        book.state["ema"] = [p.copy() for p in book.params]
    count = 0
    for step, chosen in enumerate(calls):
        members = [index for index in range(3) if chosen >> index & 1]
        if not members:
            continue
        grads = gradients(params, seed + step)
        optimizer.apply_gradients([(grads[index], params[index]) for index in members])
        for index in members:
            books[index].t = count
            books[index].apply([grads[index]])
        count += 1
    assert optimizer.iterations == count
    assert_same_bits(params, [book.params[0] for book in books])


@steady
@given(seed=SEEDS, tensors=shapes(), arguments=ARGUMENTS, averages=AVERAGES)
def test_a_bad_call_in_between_changes_nothing(seed, tensors, arguments, averages):
    arguments = {**arguments, **averages, "nonfinite": "skip"}
    params = parameters(seed % 1000, [f32, np.float16], tensors)
    others = [p.copy() for p in params]
    one, two = Adam(0.01, **arguments), Adam(0.01, **arguments)
    one.build(params)
    two.build(others)
    for step in range(4):
        grads = gradients(params, seed + step)
        bad = [g.copy() for g in grads]
        full = [g for g in bad if g.size]
        if full:
            full[seed % len(full)].reshape(-1)[seed % full[seed % len(full)].size] = np.nan
            one.apply(bad)
        one.apply(grads)
        two.apply(grads)
    assert picture(one, params)[3] == picture(two, others)[3]
    assert one.iterations == two.iterations


# -- threads of Python and other processes --------------------------------------------------------


def in_threads(*jobs: Any) -> None:
    """Run all at once; an error in any of them is raised here."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def guarded(job):
        try:
            start.wait(timeout=30)
            job()
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=120)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


@pytest.fixture(params=["openmp", "python"])
def layer(request):
    """OpenMP's threads, or Python's where it is not to be had; many chunks, two threads."""
    adamas.set_num_threads(3)
    with layout(chunk=512):
        if request.param == "openmp":
            if threads.layer() != "openmp":
                pytest.skip("no OpenMP here")
            yield
        else:
            with mock.patch.object(threads, "_openmp", return_value=None):
                assert threads.layer() == "python"
                yield


LARGE = ((5000,), (70, 33), (9,))


def test_any_kind_of_threads_gives_the_same_bits(layer):
    arguments = {"global_clipnorm": 1.0, "use_ema": True, "nonfinite": "raise"}
    params, others = parameters(shapes=LARGE), parameters(shapes=LARGE)
    one = run(Adam(**arguments), params, 5)
    adamas.set_num_threads(1)
    two = run(Adam(**arguments), others, 5)
    assert picture(one, params) == picture(two, others)


def test_eight_threads_step_eight_optimizers_at_once(layer):
    params = [parameters(index, [f32], LARGE) for index in range(8)]
    alone = [[p.copy() for p in one] for one in params]
    in_threads(*(lambda one=one: run(Adam(weight_decay=0.1), one, 40) for one in params))
    adamas.set_num_threads(1)
    for one in alone:
        run(Adam(weight_decay=0.1), one, 40)
    assert_same_bits(leaves(params), leaves(alone))


def test_two_threads_step_one_optimizer_in_turn(layer):
    """With the same gradient at each call the order does not matter, but each call must count."""
    params, others = parameters(0, [f32], LARGE), parameters(0, [f32], LARGE)
    optimizer = Adam()
    optimizer.build(params)
    grads = gradients(params)

    def steps():
        for _ in range(50):
            optimizer.apply(grads)

    in_threads(steps, steps)
    twin = run(Adam(), others, 100, lambda p, s: grads)
    assert optimizer.iterations == optimizer.calls == 100
    assert picture(optimizer, params) == picture(twin, others)


def test_threads_that_build_one_optimizer_at_the_same_time_build_it_once():
    for _ in range(20):
        params, ones = [np.ones(10, f32)], [np.ones(10, f32)]
        optimizer = Adam(0.001)
        in_threads(*[partial(optimizer.apply, ones, params)] * 4)
        assert optimizer.iterations == 4


script = partial(output_of, PYTHONWARNINGS="error")
"""What a program prints that warns of nothing."""


THREADED = """
    import adamas
    from adamas.compilers import memory
    import numpy as np
    memory.SERIAL, memory.CHUNK = 0, 256
    adamas.set_num_threads(4)
    params = [np.ones(10_000, np.float32), np.ones((30, 40))]
    def train(optimizer, steps):
        for _ in range(steps):
            optimizer.apply([np.full(10_000, 0.5, np.float32), np.full((30, 40), -2.0)], params)
        return params[0].tobytes() + params[1].tobytes()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("used_before", [True, False])
@pytest.mark.parametrize("openmp", [True, False])
def test_a_forked_child_steps_and_so_does_its_parent(used_before, openmp):
    code = f"""
    {THREADED}
    import os, signal, warnings
    warnings.simplefilter("ignore")
    if not {openmp}:
        from adamas.compilers import threads
        threads._openmp = lambda: None
    optimizer = adamas.Adam()
    optimizer.build(params)
    if {used_before}:
        train(optimizer, 3)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        train(optimizer, 5)
        fresh = adamas.Adam()
        train(fresh, 2)
        os._exit(0 if fresh.iterations == 2 and adamas.num_threads() == 1 else 1)
    mine = train(optimizer, 5)
    _, status = os.waitpid(child, 0)
    print(status, optimizer.iterations, adamas.num_threads())
    """
    assert script(code) == f"0 {8 if used_before else 5} 4"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_while_another_thread_steps_is_not_left_waiting():
    """The lock of the optimizer may be held by a thread that the child does not have."""
    code = f"""
    {THREADED}
    import os, signal, threading, warnings
    warnings.simplefilter("ignore")
    optimizer = adamas.Adam()
    train(optimizer, 1)
    stop = False
    def work():
        while not stop:
            train(optimizer, 1)
    thread = threading.Thread(target=work)
    thread.start()
    failed = 0
    for _ in range(6):
        child = os.fork()
        if child == 0:
            signal.alarm(3)
            train(optimizer, 2)
            os._exit(0)
        failed += os.waitpid(child, 0)[1] != 0
    stop = True
    thread.join()
    print(failed)
    """
    assert script(code, 150) == "0"


def test_a_spawned_child_takes_the_pickled_optimizer_on(tmp_path):
    (tmp_path / "work.py").write_text(
        textwrap.dedent("""
        import numpy as np

        def work(optimizer, params):
            optimizer.build(params)
            optimizer.apply([np.full(5, 0.5, np.float32)])
            return params[0].tobytes(), optimizer.iterations
        """)
    )
    code = f"""
    import multiprocessing, sys
    sys.path.insert(0, {str(tmp_path)!r})
    import numpy as np
    import adamas
    from work import work
    params = [np.ones(5, np.float32)]
    optimizer = adamas.Adam(0.1)
    optimizer.apply([np.full(5, 2.0, np.float32)], params)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(work, (optimizer, params))
    optimizer.apply([np.full(5, 0.5, np.float32)])
    print(there == (params[0].tobytes(), 2))
    """
    assert script(code) == "True"


@pytest.mark.parametrize("order", list(itertools.permutations(("torch", "adamas"))))
def test_torch_in_the_same_process_does_no_harm(order):
    """Imported before or after, used in turn: one OpenMP runtime serves both."""
    pytest.importorskip("torch")
    code = f"""
    import warnings
    warnings.simplefilter("ignore")
    import {order[0]}
    import {order[1]}
    {THREADED}
    import time, torch
    optimizer = adamas.Adam()
    a = torch.ones(300, 300)
    start = time.perf_counter()
    for _ in range(20):
        (a @ a).sum()
        train(optimizer, 1)
    assert time.perf_counter() - start < 20
    import hashlib
    print(hashlib.sha256(train(optimizer, 1)).hexdigest())
    """
    code_alone = f"""
    {THREADED}
    import hashlib
    adamas.set_num_threads(1)
    print(hashlib.sha256(train(adamas.Adam(), 21)).hexdigest())
    """
    assert script(code) == script(code_alone)


@pytest.mark.parametrize(
    "environment",
    [
        {"OMP_THREAD_LIMIT": "1"},
        {"OMP_DYNAMIC": "true"},
        {"OMP_NUM_THREADS": "1"},
        {"ADAMAS_CACHE_DIR": ""},
        {"ADAMAS_CACHE_DIR": "/proc/no/such/folder"},
        {"HOME": "/nonexistent", "ADAMAS_CACHE_DIR": ""},
    ],
    ids=str,
)
def test_the_environment_changes_no_bit(environment):
    """Fewer threads than asked for still do all of the work; no folder still compiles."""
    code = f"""
    {THREADED}
    import hashlib
    print(hashlib.sha256(train(adamas.Adam(), 3)).hexdigest())
    """
    assert script(code, **environment) == script(code)


def test_a_damaged_file_of_compiled_code_is_compiled_anew(tmp_path):
    code = f"""
    {THREADED}
    import hashlib
    print(hashlib.sha256(train(adamas.Adam(), 3)).hexdigest())
    """
    folder = tmp_path / "cache"
    wanted = script(code, ADAMAS_CACHE_DIR=str(folder))
    files = sorted(folder.glob("*.o"))
    assert files
    damages = (lambda b: b[:-1], lambda b: b"", lambda b: b[:99] + b"\0\1\2" + b[102:])
    for file, damage in zip(files, itertools.cycle(damages), strict=False):
        file.write_bytes(damage(file.read_bytes()))
    assert script(code, ADAMAS_CACHE_DIR=str(folder)) == wanted
    folder.chmod(0o777)
    assert script(code, ADAMAS_CACHE_DIR=str(folder)) == wanted
