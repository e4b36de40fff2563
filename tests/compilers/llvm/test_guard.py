"""Looks at arrays and tensors: each fact that a guard declares is noticed when it changes."""

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from adamas.compilers.llvm import array_guard
from adamas.compilers.llvm.compiled_look import CompiledLook, Known
from adamas.compilers.llvm.guard import HEAD, Answer, Field
from adamas.compilers.llvm.guard_text import text_of
from adamas.compilers.look import words
from adamas.runtime.host import watch
from adamas.runtime.host.arrays import Intervals

ONE_MORE = 1 << 14
"""A bit that no flag of an array has."""


def array_kind():
    """An array, the guard of its kind, and what is known of it."""
    array = np.ones((4, 6), np.float32)
    kept = np.array([array.ctypes.data])
    return array, array_guard.GUARD, array_guard.known(array, words(kept)[0], written=True), kept


def tensor_kind():
    """The same of a tensor."""
    torch = pytest.importorskip("torch")
    from adamas.compilers.llvm import tensor_guard

    tensor = torch.ones(4, 6)
    kept = np.array([tensor.data_ptr()])
    return tensor, tensor_guard.guard(), tensor_guard.known(tensor, words(kept)[0]), kept


KINDS = {"array": array_kind, "tensor": tensor_kind}


def altered(known: Known) -> dict[str, Known]:
    """What is known of an object, with one thing of it changed, by what that is."""
    found = {
        "type": known._replace(type=float),
        "fewer axes": known._replace(form=(known.form[0], known.form[2])),
        "more axes": known._replace(form=(1, *known.form[:2], 1, *known.form[2:])),
    }
    for place, name in enumerate(("rows", "columns", "row stride", "column stride")):
        values = list(known.form)
        values[place] += 1
        found[name] = known._replace(form=values)
    for name, value in known.facts.items():
        found[name] = known._replace(facts={**known.facts, name: value ^ ONE_MORE})
    return found


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_declared_fact_is_noticed_when_it_changes(kind, moves):
    value, guard, known, kept = KINDS[kind]()
    cases = altered(known)
    assert set(guard.facts) <= set(cases)
    assert CompiledLook(guard, [known], moves=moves)([value])
    for name, wrong in cases.items():
        for before, after in ((0, 0), (2, 1)):
            every = [*[known] * before, wrong, *[known] * after]
            assert not CompiledLook(guard, every, moves=moves)([value] * len(every)), name


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_stays_or_is_kept_from_now_on(kind):
    value, guard, known, kept = KINDS[kind]()
    right = kept[0]
    kept[0] += 4
    assert not CompiledLook(guard, [known], moves=False)([value])
    assert kept[0] == right + 4
    assert CompiledLook(guard, [known], moves=True)([value])
    assert kept[0] == right


def test_flags_that_are_not_asked_for_do_not_matter():
    array, guard, known, _ = array_kind()
    anything = known._replace(facts={**known.facts, "flags": 0})
    array.flags.writeable = False
    assert not CompiledLook(guard, [known], moves=False)([array])
    assert CompiledLook(guard, [anything], moves=False)([array])


def test_one_more_field_is_one_more_entry():
    array, guard, known, _ = array_kind()
    wider = replace(guard, facts={**guard.facts, "base": Field(HEAD + 32)})
    owned = known._replace(facts={**known.facts, "base": 0})
    assert CompiledLook(wider, [owned], moves=True)([array])
    assert CompiledLook(guard, [known], moves=True)([array[:]])
    assert not CompiledLook(wider, [owned], moves=True)([array[:]])


@pytest.mark.parametrize(("kind", "word"), [("i8", ctypes.c_int8), ("i64", ctypes.c_int64)])
def test_one_more_question_is_one_more_entry(kind, word):
    told = {"answer": 1, "error": 0}

    @ctypes.PYFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(word))
    def ask(handle, answer):
        assert handle == id(array)
        answer[0] = told["answer"]
        return told["error"]

    array, guard, known, _ = array_kind()
    asking = Answer(ctypes.cast(ask, ctypes.c_void_p).value or 0, kind)
    wider = replace(guard, facts={**guard.facts, "negative": asking})
    look = CompiledLook(
        wider, [known._replace(facts={**known.facts, "negative": 1})], moves=True, alive=ask
    )
    assert look([array])
    told["answer"] = 0
    assert not look([array])
    told.update(answer=1, error=1)
    assert not look([array])


def test_a_text_holds_no_address():
    """So what is compiled for it is found again by the next process."""
    guard = array_guard.GUARD
    texts = {
        text_of(replace(guard, facts={"asked": Answer(function)}))
        for function in (1234567, 7654321)
    }
    assert len(texts) == 1
    assert "1234567" not in texts.pop()


# Looks at arrays, compiled or not ----------------------------------------------------------------

LOOKS = {"compiled": array_guard.Look, "python": watch.slow_look}


class Other(np.ndarray):
    """Arrays of another type."""


def read_only(array):
    view = array[:]
    view.flags.writeable = False
    return view


DIFFERENT = {
    "dtype": lambda a: a.view(np.int32),
    "byte order": lambda a: a.view(a.dtype.newbyteorder()),
    "fewer rows": lambda a: a[:2],
    "other shape": lambda a: a.reshape(6, 4),
    "more axes": lambda a: a.reshape(2, 2, 6),
    "other strides": lambda a: np.lib.stride_tricks.as_strided(a, (4, 6), (4, 16)),
    "no stride": lambda a: np.broadcast_to(a[0], (4, 6)),
    "type": lambda a: a.view(Other),
    "missing": lambda a: None,
    "list": np.ndarray.tolist,
}
MOVED = {"other memory": np.copy, "read only": read_only}


def arrays_and_words():
    arrays = [np.ones((4, 6), np.float32) for _ in range(3)]
    kept = np.array([array.ctypes.data for array in arrays])
    return arrays, kept


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("change", {**DIFFERENT, **MOVED})
@pytest.mark.parametrize("place", [0, 2])
def test_every_change_of_an_array_is_seen(look, change, place):
    arrays, kept = arrays_and_words()
    stays = LOOKS[look](arrays, words(kept), moves=False)
    moves = LOOKS[look](arrays, words(kept), moves=True)
    changed = list(arrays)
    changed[place] = {**DIFFERENT, **MOVED}[change](arrays[place])
    assert not stays(changed)
    assert moves(changed) == (change in MOVED)
    assert moves(arrays)
    assert stays(arrays)
    both = stays.then(moves)
    assert both(arrays, arrays)
    assert both(tuple(arrays), arrays)
    assert not both(changed, arrays)
    assert both(arrays, changed) == (change in MOVED)
    assert not both(arrays[:-1], arrays)
    assert not both(arrays, arrays[1:])


@pytest.mark.parametrize("look", LOOKS)
def test_strides_of_axes_of_one_element_do_not_matter(look):
    kept = np.zeros(1, np.int64)
    known = LOOKS[look]([np.ones((1, 6))], words(kept), moves=True)
    other = np.lib.stride_tricks.as_strided(np.ones(6), (1, 6), (800, 8))
    assert known([other])
    assert kept[0] == other.ctypes.data
    assert not known([np.ones((1, 12))[:, ::2]])


@pytest.mark.parametrize("look", LOOKS)
def test_memory_that_is_occupied_may_not_be_touched(look):
    memory = np.zeros(64)
    blocks = {"a": memory[8:16], "b": memory[32:48]}
    kept = np.zeros(1, np.int64)
    known = LOOKS[look]([memory[:4]], words(kept), moves=True, occupied=Intervals(blocks))
    for start in range(60):
        free = start + 4 <= 8 or 16 <= start <= 28 or start >= 48
        assert known([memory[start : start + 4]]) == free, start
    backwards = LOOKS[look]([memory[3::-1]], words(kept), moves=True, occupied=Intervals(blocks))
    assert backwards([memory[19:15:-1]])
    assert not backwards([memory[18:14:-1]])
