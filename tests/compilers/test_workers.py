"""Threads that share work on matrices: what comes out, in which order, and what is left behind."""

import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate, whole_tensor
from adamas.compilers import blas, workers
from adamas.compilers import threads as threads_of_adamas
from adamas.compilers.threads import set_num_threads
from interruptions import instants, interrupted


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(threads_of_adamas, "_chosen", 2)


needs_openblas = pytest.mark.skipif(blas.known() is None, reason="NumPy multiplies by another BLAS")


def test_results_stand_in_the_order_of_parts():
    met = threading.Barrier(2)  # two threads are there, or it breaks

    def made(part: int) -> int:
        met.wait(20)
        time.sleep(0.02 if part == 0 else 0)
        return -part

    assert workers.shared(made, range(4)) == [0, -1, -2, -3]


def test_a_worker_does_the_parts_of_its_part_alone():
    def made(part: int) -> set[str]:
        names = workers.shared(lambda _: threading.current_thread().name, range(5))
        return {*names, threading.current_thread().name}

    assert all(len(names) == 1 for names in workers.shared(made, range(4)))


def test_what_has_begun_is_at_an_end_before_an_error_is_raised():
    met, ended = threading.Barrier(2), []

    def made(part: int) -> None:
        met.wait(20)
        if part == 0:
            raise ValueError("part 0")
        time.sleep(0.1)
        ended.append(part)

    with pytest.raises(ValueError, match="part 0"):
        workers.shared(made, range(2))
    assert ended == [1]


@needs_openblas
def test_products_have_one_thread_while_matrices_are_shared():
    threads = blas.known()
    assert threads is not None
    before, seen = threads.get(), []
    threads.set(2)
    try:
        workers.shared_products(lambda _: seen.append(threads.get()), range(4))
        assert (seen, threads.get()) == ([1] * 4, 2)
        with pytest.raises(ZeroDivisionError):
            workers.shared_products(lambda part: 1 / part, range(4))
        assert threads.get() == 2
        with blas.one_thread(threads):
            workers.shared_products(lambda _: None, range(4))
            assert threads.get() == 1
        assert threads.get() == 2
    finally:
        threads.set(before)


def test_threads_are_back_wherever_a_signal_comes():
    now = [4]
    threads = blas.Threads(lambda: now[0], lambda count: now.__setitem__(0, count))

    def call() -> None:
        with blas.one_thread(threads):
            adamas.num_threads()  # an instant inside

    total = instants(call)
    assert total > 5
    for instant in range(total):
        assert interrupted(call, instant)
        call()
        assert now == [4], f"at {instant} of {total}"
        interrupted(call, instant, call)  # a handler that multiplies
        assert now == [4], f"at {instant} of {total}, again"


@pytest.mark.parametrize(("parts", "size"), [(1, 2), (3, 8), (4, 1)])
def test_few_matrices_have_all_threads_of_the_library(parts, size):
    set_num_threads(size)
    seen = workers.shared_products(lambda _: threading.current_thread(), range(parts))
    assert seen == [threading.current_thread()] * parts


def names_of_threads(shape: tuple[int, int], count: int) -> list[str]:
    """In which threads a rule's function of matrices is called in one step."""
    seen: list[str] = []

    @whole_tensor
    def noted(g: Any) -> Any:
        seen.append(threading.current_thread().name)
        return g

    class Notes(Optimizer):
        learning_rate: Rate = 0.1

        @staticmethod
        def update(p, g, /, *, learning_rate):
            return p - learning_rate * noted(g)

    params = [np.zeros(shape, np.float32) for _ in range(count)]
    Notes().apply([np.ones(shape, np.float32)] * count, params)
    assert all((p == np.float32(-0.1)).all() for p in params)
    return seen


@needs_openblas
def test_the_matrices_of_a_rule_are_shared_where_they_are_large():
    assert all(name.startswith("adamas-matrices") for name in names_of_threads((512, 513), 4))
    own = threading.current_thread().name
    assert set(names_of_threads((512, 513), 1) + names_of_threads((5, 4), 4)) == {own}


@needs_openblas
@pytest.mark.parametrize("kind", [lambda: adamas.SOAP(precondition_frequency=1), adamas.Muon])
def test_shared_steps_have_the_bits_of_one_thread(kind):
    threads = blas.known()
    assert threads is not None
    grads = list(np.random.default_rng(0).standard_normal((2, 513, 512), np.float32))
    found = []
    with blas.one_thread(threads):
        for size in (1, 2):
            set_num_threads(size)
            optimizer, params = kind(), [np.ones((513, 512), np.float32) for _ in grads]
            for _ in range(2):
                optimizer.apply(grads, params)
            found.append(params)
    np.testing.assert_array_equal(*found)


SAVED = """
import signal, sys
import numpy as np, adamas
from concurrent.futures import ThreadPoolExecutor

adamas.set_num_threads(2)
params = [np.ones((512, 512), np.float32) for _ in range(4)]
grads = [np.eye(512, dtype=np.float32) for _ in range(4)]
optimizer = adamas.Muon()
optimizer.build(params)
submit, told_already, saved = ThreadPoolExecutor.submit, [], []

def told(pool, *work):
    if work[0] is not int and not told_already:  # the first part, inside of what submitting locks
        told_already.append(True)
        with pool._shutdown_lock:
            signal.raise_signal(signal.SIGTERM)
    return submit(pool, *work)

ThreadPoolExecutor.submit = told
signal.signal(signal.SIGTERM, lambda *_: saved.append(optimizer.save(sys.argv[1])))
optimizer.apply(grads, params)
print(len(saved) > 0, optimizer.session.updates)
"""


@needs_openblas
def test_a_handler_that_saves_waits_until_all_parts_have_begun(tmp_path):
    command = [sys.executable, "-c", SAVED, str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["True", "1"], "")


CROWDED = """
import threading
from adamas.compilers import workers
from adamas.compilers.threads import set_num_threads

set_num_threads(4)
start, count = threading.Thread.start, []

def few(thread):
    count.append(thread)
    if len(count) == 3:
        raise RuntimeError("can't start new thread")
    start(thread)

threading.Thread.start = few
print(workers.shared(abs, [-1, -2, -3]))
"""


def test_where_there_is_no_room_for_threads_work_is_done_and_python_ends():
    command = [sys.executable, "-c", CROWDED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[1, 2, 3]\n", "")


ENDING = """
import atexit, sys
import numpy as np, adamas
adamas.set_num_threads(2)
params = [np.ones((512, 512), np.float32) for _ in range(2)]
grads = [np.eye(512, dtype=np.float32) for _ in range(2)]
optimizer = adamas.Muon()
optimizer.build(params)
if "begun" in sys.argv:
    optimizer.apply(grads, params)
atexit.register(lambda: print(optimizer.apply(grads, params), params[1][0, 0] < 1))
"""


@needs_openblas
@pytest.mark.parametrize("before", ["", "begun"])
def test_a_step_while_python_ends_is_made_without_workers(before):
    command = [sys.executable, "-c", ENDING, before]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["None", "True"], "")
