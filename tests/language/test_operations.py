"""The table of operations: every row, in every language, is what NumPy makes of it.

The compiled loops have their own comparisons, of every row too: for CPUs in `test_numerics`, for
GPUs in `test_triton_steps`.
"""

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from adamas.compilers.arithmetic import Arithmetic
from adamas.compilers.library import Library
from adamas.language.expression import STEP, Trace
from adamas.language.operations import ALIASES, COMBINED, OPERATIONS, Operation, name_in
from adamas.language.python import host_function, render
from places import ROOT

VALUES = (-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, 30.0, np.inf, np.nan)

Language = Callable[[Operation, Sequence[np.ndarray]], Any]
"""What a language makes of an operation and the arrays that it is given."""


def arrays_for(row: Operation) -> list[np.ndarray]:
    """Every pair of values, and conditions where the operation takes them."""
    x, y = np.repeat(VALUES, len(VALUES)), np.tile(VALUES, len(VALUES))
    if row.arity == 3:
        return [x > y, x, y]
    return ([x > 0, y > 0.5] if row.logical else [x, y])[: row.arity]


def check_row(name: str, language: Language, kind: Any = np.float64) -> None:
    """What a language makes of a row is what NumPy does, within the rounding of `kind`."""
    row = OPERATIONS[name]
    given = [x if x.dtype == bool else x.astype(kind) for x in arrays_for(row)]
    with np.errstate(all="ignore"):
        wanted = row.numpy(*given)
        got = np.asarray(language(row, given))
    np.testing.assert_allclose(got.astype(kind), wanted.astype(kind), rtol=8 * np.finfo(kind).eps)


def node_of(row: Operation) -> Any:
    """The operation on x, y and z, in the graph that a rule leaves behind."""
    trace = Trace()
    return trace.apply(row.name, *(trace.leaf(name, STEP) for name in "xyz"[: row.arity]))


def by_floats(row: Operation, given: Sequence[np.ndarray]) -> list[float]:
    """Number by number, by the fast function of a step's scalars."""
    function = host_function([node_of(row)], tuple("xyz"[: row.arity]))
    return [function(*(x.item() for x in one))[0] for one in zip(*given, strict=True)]


def by_text(row: Operation, given: Sequence[np.ndarray]) -> Any:
    """By the text that `explain(source=True)` shows, read by Python."""
    return eval(render(node_of(row)), dict(vars(np)), dict(zip("xyz", given, strict=False)))


def of_library(library: Library, convert: Callable[[np.ndarray], Any]) -> Language:
    """Arrays of a library, by its functions."""
    return lambda row, given: getattr(Arithmetic(library), row.name)(*map(convert, given))


@pytest.mark.parametrize("name", OPERATIONS)
def test_floats_of_python_have_it(name):
    check_row(name, by_floats)


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_is_shown_as_what_it_is(name):
    check_row(name, by_text)


@pytest.mark.parametrize("name", OPERATIONS)
def test_jax_has_it(name):
    jnp = pytest.importorskip("jax.numpy", reason="needs JAX")
    xla = importlib.import_module("adamas.compilers.xla")
    check_row(name, of_library(xla.JAX, jnp.asarray), np.float32)


@pytest.mark.parametrize("name", OPERATIONS)
def test_keras_has_it(name):
    ops = pytest.importorskip("keras", reason="needs Keras").ops
    library = importlib.import_module("adamas.compilers.keras").OPERATIONS
    convert = ops.convert_to_tensor
    own = of_library(library, convert)
    check_row(name, lambda row, given: ops.convert_to_numpy(own(row, given)), np.float32)


@pytest.mark.parametrize("name", OPERATIONS)
def test_tensors_between_the_walks_of_a_gpu_have_it(name):
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    between = importlib.import_module("adamas.compilers.triton.torch")
    namespace = between.Namespace(None, lambda sums, axes: sums)
    check_row(name, lambda row, given: getattr(namespace, name)(*map(torch.from_numpy, given)))


def test_another_operation_would_be_seen():
    others = {"maximum": "minimum", "less": "less_equal", "logical_and": "logical_or"}
    for name, other in others.items():
        with pytest.raises(AssertionError):
            check_row(name, lambda row, given, other=other: by_text(OPERATIONS[other], given))


def test_methods_of_python_lead_to_their_rows():
    trace = Trace()
    x, y = trace.leaf("x", STEP), trace.leaf("y", STEP)
    for row in OPERATIONS.values():
        if row.method:
            arguments = (x, y)[: row.arity]
            assert getattr(x, f"__{row.method}__")(*arguments[1:]) is trace.apply(
                row.name, *arguments
            )


def test_functions_that_mean_the_same_are_the_same_node():
    trace = Trace()
    x, y = trace.leaf("x", STEP), trace.leaf("y", STEP)
    for alias, name in ALIASES.items():
        arguments = (x, y)[: OPERATIONS[name].arity]
        assert getattr(np, alias)(*arguments) is trace.apply(name, *arguments)
    assert not set(ALIASES) & set(OPERATIONS)


def test_a_library_has_numpys_name_unless_a_row_says_another():
    assert name_in("keras", "remainder") == "mod"
    assert name_in("keras", "power") == "power"
    assert name_in("keras", "expm1") == "expm1"


def test_the_page_lists_all_that_has_no_operator_of_python():
    page = (ROOT / "docs" / "own-optimizer.md").read_text()
    listed = re.search(r"these functions of NumPy: (.*?)\. There is", page, re.DOTALL)
    assert listed is not None
    names = re.findall(r"`(\w+)`", listed[1])
    written = {row.name for row in OPERATIONS.values() if row.operator and not row.logical}
    wanted = {*OPERATIONS, *COMBINED} - written - {"positive"}
    assert names == sorted(wanted)
