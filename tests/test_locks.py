"""Locks and forks: no order in which threads take locks makes a fork wait for ever."""

import os

import pytest

from endurance import endurance, rounds
from processes import answer_of, in_python

TWO_ORDERS = """
import os, sys, threading
from adamas.locks import fork_safe_lock

first, second = fork_safe_lock(), fork_safe_lock()
ended = threading.Event()

def take(*locks):
    while not ended.is_set():
        with locks[0]:
            for _ in range(50): pass
            with locks[1]:
                for _ in range(50): pass

def fork(count):
    for _ in range(count):
        kept = fork_safe_lock()
        child = os.fork()
        if child == 0:
            with first, second, kept:
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0

# The order in which a fork meets them, or the other one, and two forks at once.
order = (second, first) if sys.argv[1] == "younger first" else (first, second)
threads = [threading.Thread(target=take, args=order, daemon=True)]
forks = [threading.Thread(target=fork, args=(int(sys.argv[2]),), daemon=True) for _ in "12"]
sys.setswitchinterval(1e-5)
for thread in threads + forks:
    thread.start()
for thread in forks:
    thread.join()
ended.set()
print("ended")
"""


@endurance
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("order", ["older first", "younger first"])
def test_forks_end_whatever_the_order_in_which_locks_are_taken(order):
    process = in_python(TWO_ORDERS, order, rounds(30, 500))
    assert answer_of(process, timeout=60).strip() == "ended"
