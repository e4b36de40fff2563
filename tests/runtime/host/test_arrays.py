"""Memory of every form: strides, dtypes, files, arrays that change between two steps."""

import itertools
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest

from adamas import Adam
from adamas.compilers.llvm import array_guard
from adamas.compilers.memory import CHUNK
from adamas.errors import AdamasError, ArrayError, ArrayTypeError
from cases import BFLOAT16, DTYPES, Textbook, assert_same_bits, bits, gradients, run
from processes import output_of

f32 = np.float32
SHAPE = (4, 6, 5)


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros(shape, dtype)


def unaligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.zeros(size + 1, np.uint8)[1:].view(dtype).reshape(shape)


def permuted(order: tuple[int, ...]) -> Callable[[tuple[int, ...], Any], np.ndarray]:
    def make(shape, dtype):
        inverse = np.argsort(order)
        return np.zeros(tuple(shape[axis] for axis in order), dtype).transpose(inverse)

    return make


def padded(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    whole = np.zeros(tuple(2 * n + 3 for n in shape), dtype)
    return whole[tuple(slice(1, 1 + 2 * n, 2) for n in shape)]


def column(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros((*shape, 3), dtype)[..., 1]


def backwards(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros(shape, dtype)[tuple(slice(None, None, -1) for _ in shape)]


def half_backwards(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros(shape, dtype)[..., ::-1]


def fields(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """A field of packed records: strides that are no multiple of the item size."""
    return np.zeros(shape, [("tag", "u1"), ("x", dtype), ("rest", "u1", 2)])["x"]


def inner_block(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros((shape[0], shape[1] + 2, *shape[2:]), dtype)[:, 1:-1]


MEMORY = {
    "dense": aligned,
    "unaligned": unaligned,
    **{f"order {order}": permuted(order) for order in itertools.permutations(range(3))},
    "padded": padded,
    "a column": column,
    "backwards": backwards,
    "half backwards": half_backwards,
    "a field": fields,
    "an inner block": inner_block,
}


def check_strides(make_p: Any, make_g: Any, dtype: Any, **arguments: Any) -> None:
    """The bits in strided memory are those of dense memory; nothing beside them is touched."""
    chance = np.random.default_rng(0)
    start = chance.uniform(0.5, 2, SHAPE).astype(dtype)
    p = make_p(SHAPE, dtype)
    p[...] = start
    textbook = Textbook([start], learning_rate=0.01, **arguments)
    optimizer = Adam(0.01, **arguments)
    optimizer.build([p])
    around = _around(p)
    for seed in (1, 2, 3):
        g = make_g(SHAPE, dtype)
        g[...] = gradients([start], seed)[0]
        optimizer.apply([g])
        textbook.apply([g])
    assert_same_bits([p], textbook.params)
    assert _around(p) == around


def _around(view: np.ndarray) -> bytes:
    """The memory that `view` is a part of, without the elements of `view` itself."""
    before = bits(view)
    whole = view
    while whole.base is not None:
        whole = whole.base
    kept = view.copy()
    view[...] = 0
    around = bits(whole)
    view[...] = kept
    assert bits(view) == before
    return around


@pytest.mark.parametrize("name", MEMORY)
def test_parameters_in_memory_of_every_form_get_the_bits_of_dense_ones(name):
    for dtype in DTYPES:
        check_strides(MEMORY[name], aligned, dtype)


@pytest.mark.parametrize("p", MEMORY)
def test_each_form_of_parameter_goes_with_each_form_of_gradient(p):
    for g in MEMORY:
        check_strides(
            MEMORY[p], MEMORY[g], f32, use_ema=True, weight_decay=0.1, global_clipnorm=1.0
        )


def test_a_gradient_may_be_broadcast():
    start = np.linspace(0.5, 2, 120).astype(f32).reshape(SHAPE)
    for make in (aligned, permuted((2, 0, 1)), backwards):
        p, other = make(SHAPE, f32), start.copy()
        p[...] = start
        run(Adam(0.1), [p], 3, lambda p, s: [np.broadcast_to(f32(s), SHAPE)])
        run(Adam(0.1), [other], 3, lambda p, s: [np.full(SHAPE, s, f32)])
        assert_same_bits([p], [other])
        row = np.arange(5, dtype=f32)
        run(Adam(0.1), [p], 3, lambda p, s: [np.broadcast_to(row, SHAPE)])  # noqa: B023
        run(Adam(0.1), [other], 3, lambda p, s: [np.tile(row, (4, 6, 1))])  # noqa: B023
        assert_same_bits([p], [other])


def test_a_wrong_pairing_of_elements_would_be_seen():
    p = np.ones(SHAPE, f32)
    textbook = Textbook([p], learning_rate=0.01)
    g = gradients([p])[0]
    Adam(0.01).apply([g[::-1]], [p])
    textbook.apply([g])
    with pytest.raises(AssertionError):
        assert_same_bits([p], textbook.params)


SHAPES = [
    (),
    (0,),
    (1,),
    (3, 0, 2),
    (1, 1, 1),
    (1, 7, 1),
    (15,),
    (16,),
    (17,),
    (31, 33),
    (1, 1000),
    (1000, 1),
    (2, 3, 2, 3, 2, 3),
    (CHUNK - 1,),
    (CHUNK,),
    (CHUNK + 1,),
    (3, CHUNK + 5),
    (2,) * 12,
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("order", ["C", "F", "transposed"])
def test_any_shape_in_any_order_gives_the_bits_of_the_textbook(shape, order):
    chance = np.random.default_rng(1)
    start = np.asarray(chance.uniform(0.5, 2, shape), f32)
    p = start.T.copy().T if order == "transposed" else np.array(start, order=order)
    textbook = Textbook([start], use_ema=True)
    optimizer = Adam(use_ema=True)
    optimizer.build([p])
    for seed in (1, 2):
        g = gradients([start], seed)[0]
        optimizer.apply([g])
        textbook.apply([g])
    assert_same_bits([p], textbook.params)
    assert_same_bits([optimizer.state["ema"]["0"]], textbook.state["ema"])


def test_only_empty_parameters_are_fine_too():
    params = [np.zeros((0, 3), f32), np.zeros(0)]
    optimizer = run(Adam(global_clipnorm=1.0, nonfinite="raise"), params)
    assert optimizer.iterations == 3
    assert optimizer.gradient_norm == 0


def test_thousands_of_small_tensors_take_one_step_each():
    params = [np.full(1 + index % 5, 2, f32) for index in range(3000)]
    run(Adam(0.1), params, 1, lambda params, s: [np.ones_like(p) for p in params])
    assert all((np.abs(p - 1.9) < 1e-6).all() for p in params)


# -- scalars of NumPy as gradients of 0-d parameters ----------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_scalar_of_numpy_is_the_gradient_of_a_0d_parameter(dtype):
    """``2 * p`` of a 0-d array p is a NumPy scalar, not an array."""
    params, others = (
        [np.array(2, dtype), np.ones(3, dtype)],
        [np.array(2, dtype), np.ones(3, dtype)],
    )
    one, two = Adam(0.1), Adam(0.1)
    for _ in range(4):
        ones = np.ones(3, dtype)
        one.apply([(params[0] * params[0])[()], ones], params)
        two.apply([np.asarray(others[0] * others[0], dtype), ones], others)
    assert_same_bits(params, others)


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, f32, BFLOAT16], ids=str)
def test_parameters_may_be_a_file_on_disk(tmp_path, dtype):
    path = tmp_path / "weights"
    start = np.random.default_rng(2).uniform(0.5, 2, (70, 50)).astype(dtype)
    file = np.memmap(path, dtype, "w+", shape=start.shape)
    file[...] = start
    textbook = Textbook([start])
    optimizer = Adam()
    optimizer.build([file])
    for seed in (1, 2):
        g = gradients([start], seed)[0]
        optimizer.apply([g])
        textbook.apply([g])
    file.flush()
    assert path.read_bytes() == bits(textbook.params[0])
    assert type(optimizer.state["m"]["0"]) is np.ndarray
    del optimizer, file
    for mode in ("r", "c"):
        again = np.memmap(path, dtype, mode, shape=start.shape)
        if mode == "r":
            with pytest.raises(ArrayError, match=r"'r\+'"):
                Adam().build([again])
        else:
            Adam(0.1).apply([np.ones(start.shape, dtype)], [again])
            assert bits(again) != path.read_bytes()
    assert path.read_bytes() == bits(textbook.params[0])


def test_gradients_may_be_a_file_on_disk(tmp_path):
    g = gradients([np.ones((30, 7), f32)])[0]
    file = np.memmap(tmp_path / "gradient", f32, "w+", shape=g.shape)
    file[...] = g
    file.flush()
    read = np.memmap(tmp_path / "gradient", f32, "r", shape=g.shape)
    params, others = [np.ones(g.shape, f32)], [np.ones(g.shape, f32)]
    run(Adam(), params, 2, lambda p, s: [read])
    run(Adam(), others, 2, lambda p, s: [g])
    assert_same_bits(params, others)


# -- arrays that change between two steps ---------------------------------------------------------


class Twins:
    """One optimizer on arrays that change their form, one on dense new ones."""

    def __init__(self, params: list[np.ndarray], **arguments: Any) -> None:
        self.params, self.others = params, [p.copy() for p in params]
        self.one, self.two = Adam(0.1, **arguments), Adam(0.1, **arguments)
        self.one.build(self.params)
        self.two.build(self.others)

    def step(self, grads: list[np.ndarray], params: list[np.ndarray] | None = None) -> None:
        if params is not None:
            self.params = params
        self.one.apply(grads, params)
        self.two.apply([np.array(g, order="C", copy=True) for g in grads])
        assert_same_bits(self.params, self.others)


@pytest.fixture(params=["compiled look", "python"])
def look(request):
    """Arrays are looked at by compiled code, or by Python where that is not to be had."""
    from adamas.runtime.host import watch

    if request.param == "python":
        with mock.patch.object(watch, "available", return_value=False):
            yield
    else:
        assert array_guard.available()
        yield


def test_new_gradients_come_with_every_call(look):
    twins = Twins([np.ones(50, f32), np.ones((5, 4), f32)])
    kept = []
    for seed in range(30):
        grads = gradients(twins.params, seed)
        kept.append(grads if seed % 2 else None)
        twins.step(grads)


def test_gradients_may_change_their_form_at_every_call(look):
    twins = Twins([np.ones((8, 6), f32), np.ones(9, f32)])
    for seed in range(20):
        g, h = gradients(twins.params, seed)
        forms = [
            (g, h),
            (np.asfortranarray(g), h),
            (g[::-1], h[::-1]),
            (g.astype(np.float64), h),
            (g, h.astype(np.float16)),
            (np.repeat(g, 2, axis=1)[:, ::2], np.broadcast_to(f32(seed), 9)),
        ]
        twins.step(list(forms[seed % len(forms)]))


def test_a_gradient_list_that_is_reused_and_mutated_is_read_anew(look):
    twins = Twins([np.ones(20, f32), np.ones(7, f32)])
    grads = gradients(twins.params)
    for seed in range(6):
        grads[0][...] = seed
        twins.step(grads)
        grads[1] = grads[1] + 1
        twins.step(grads)
        grads[0] = np.full((2, 20), seed, f32)[1]


def test_a_gradient_that_is_resized_in_place_is_noticed(look):
    params = [np.ones(10, f32)]
    optimizer = Adam(0.1)
    optimizer.build(params)
    g = np.ones(10, f32)
    optimizer.apply([g])
    g.resize(5, refcheck=False)
    with pytest.raises(ArrayError, match=r"\(5,\)"):
        optimizer.apply([g])
    g.resize(10, refcheck=False)
    optimizer.apply([g])
    assert optimizer.iterations == 2


def test_a_gradient_that_becomes_masked_foreign_or_shared_is_noticed(look):
    params = [np.ones(10, f32), np.ones(10, f32)]
    optimizer = Adam(0.1)
    optimizer.build(params)
    good = np.ones(10, f32)
    optimizer.apply([good, good])
    before = bits(params[0]) + bits(params[1])
    for bad in (
        np.ma.masked_array(good, [True] * 10),
        [1.0] * 10,
        good.astype(">f4"),
        params[1],
        params[0],
        good.astype(int),
    ):
        with pytest.raises((ArrayError, ArrayTypeError)):
            optimizer.apply([good, bad])
        assert bits(params[0]) + bits(params[1]) == before
    optimizer.apply([good, good])
    assert optimizer.iterations == 2


def test_other_parameters_of_the_same_form_go_on_with_the_state(look):
    twins = Twins([np.ones((4, 6), f32), np.ones(9, f32)], use_ema=True)
    for seed in range(6):
        grads = gradients(twins.params, seed)
        copies = [p.copy(order="F" if seed % 2 else "C") for p in twins.params]
        old = [p.copy() for p in twins.params]
        left = twins.params
        twins.step(grads, copies)
        assert_same_bits(left, old)  # the former arrays stay as they were left
        twins.step(gradients(copies, 50 + seed))
    twins.one.finalize_variable_values()
    twins.two.finalize_variable_values()
    assert_same_bits(twins.params, twins.others)


def test_a_parameter_without_a_gradient_may_be_replaced_too(look):
    a, b = np.ones(3, f32), np.ones(3, f32)
    new, g = b.copy(), np.ones(3, f32)
    optimizer = Adam(0.1)
    optimizer.build([a, b])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.apply([g, None], [a, b])
        optimizer.apply([g, None], [a, new])
    optimizer.apply([g, g])
    assert (b == 1).all()
    assert (new != 1).all()


def test_a_stranger_in_the_place_of_a_parameter_is_refused_even_without_gradient(look):
    a, b, g = np.ones(3, f32), np.ones(3, f32), np.ones(3, f32)
    optimizer = Adam(0.1)
    optimizer.build([a, b])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.apply([g, None], [a, b])
        for stranger in ("text", np.ones(4, f32), a, None):
            with pytest.raises(AdamasError):
                optimizer.apply([g, None], [a, stranger])


def test_a_parameter_that_is_made_read_only_is_not_written(look):
    params = [np.ones(3, f32)]
    optimizer = run(Adam(0.1), params, 1)
    before = bits(params[0])
    params[0].flags.writeable = False
    with pytest.raises(ArrayError, match="read-only"):
        optimizer.apply([np.ones(3, f32)])
    assert bits(params[0]) == before
    params[0].flags.writeable = True
    optimizer.apply([np.ones(3, f32)])
    assert optimizer.iterations == 2


@pytest.mark.parametrize(
    "change",
    [
        "p.shape = (24,)",
        "p.shape = (6, 4)",
        "p.dtype = np.float64",
        "p.dtype = np.int32",
        "p.resize((40, 50), refcheck=False)",
        "p.resize((2, 2), refcheck=False)",
        "p.strides = (4, 16)",
    ],
)
@pytest.mark.parametrize("python", [False, True])
def test_a_parameter_that_changes_its_form_in_place_never_costs_memory_safety(change, python):
    """In a process of its own: a mistake here would end it."""
    code = f"""
        import warnings
        import numpy as np
        import adamas
        from adamas.runtime.host import watch

        if {python}:
            watch.available = lambda: False
        warnings.simplefilter("ignore")
        p = np.ones((4, 6), np.float32)
        optimizer = adamas.Adam(0.1)
        optimizer.apply([np.ones((4, 6), np.float32)], [p])
        {change}
        for gradient in (np.ones(p.shape, np.float32), np.ones((4, 6), np.float32)):
            for _ in range(3):
                try:
                    optimizer.apply([gradient])
                except adamas.AdamasError as error:
                    assert "shape" in str(error) or "dtype" in str(error), error
        state = optimizer.state["m"]["0"]
        assert state.shape == (4, 6) and 0 <= state.min() <= state.max() < 1
    """
    output_of(code)


def test_a_parameter_that_moves_in_memory_is_followed(look):
    p = np.ones(1000, f32)
    optimizer = run(Adam(0.1), [p], 1, lambda p, s: [np.ones(1000, f32)])
    for size in (100_000, 1000):
        p.resize(size, refcheck=False)
    optimizer.apply([np.ones(1000, f32)])
    np.testing.assert_allclose(p, 0.8, rtol=1e-6)


def test_the_state_may_not_be_a_gradient():
    """The slots are live arrays, which a step writes while it reads gradients."""
    params = [np.ones((40, 50), f32)]
    optimizer = run(Adam(), params, 2)
    for turn in (lambda m: m, lambda m: m[::-1], lambda m: m.reshape(50, 40).T.reshape(40, 50)):
        gradient = turn(optimizer.state["m"]["0"])
        if np.shares_memory(gradient, optimizer.state["m"]["0"]):
            with pytest.raises(ArrayError, match="slot 'm' of '0'"):
                optimizer.apply([gradient])
    assert optimizer.iterations == 2


def test_parameters_between_the_elements_of_a_gradient_are_no_overlap(look):
    memory = np.ones((2, 60), f32)
    woven = memory.T.reshape(-1)
    params = [np.lib.stride_tricks.as_strided(woven, (60,), (8,))]
    rest = np.lib.stride_tricks.as_strided(woven[1:], (60,), (8,))
    before = bits(rest)
    optimizer = Adam(0.1)
    optimizer.build(params)
    for _ in range(3):
        optimizer.apply([rest])
    np.testing.assert_allclose(params[0], 0.7, rtol=1e-5)
    assert bits(rest) == before


def test_a_subclass_of_an_array_is_an_array():
    class Tagged(np.ndarray):
        pass

    p = np.ones(10, f32).view(Tagged)
    optimizer = Adam(0.1)
    for _ in range(3):
        optimizer.apply([np.ones(10, f32).view(Tagged)], [p])
        optimizer.apply([np.ones(10, f32)], [p])
    np.testing.assert_allclose(p, 0.4, rtol=1e-5)
    assert type(optimizer.state["m"]["0"]) is np.ndarray


def test_slots_have_the_order_of_the_parameter_and_at_least_32_bits():
    for dtype in DTYPES:
        p = np.ones((6, 4, 2), dtype).transpose(2, 0, 1)
        optimizer = run(Adam(use_ema=True, amsgrad=True, gradient_accumulation_steps=2), [p])
        for named in optimizer.state.values():
            slot = named["0"]
            assert slot.dtype == (np.float64 if dtype == np.float64 else f32)
            order = [s // slot.itemsize for s in slot.strides]
            assert order == [s // p.itemsize for s in p.strides]


def test_arrays_of_a_test_are_where_they_should_be():
    """The forms above are what their names say."""
    assert not unaligned(SHAPE, f32).flags.aligned
    assert fields(SHAPE, f32).strides[-1] == 7
    assert backwards(SHAPE, f32).strides == (-120, -20, -4)
    assert permuted((2, 0, 1))(SHAPE, f32).shape == SHAPE
