"""How slots and weights are stored in 16 bits: the definitions, the same everywhere, and why."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import Adam, errors
from adamas.dtypes import numpy_dtype
from adamas.explanation import explain
from adamas.language import bits, blocks, codes
from adamas.language.noise import values, words_of
from noisy import Noisy

BFLOAT16 = numpy_dtype("bfloat16")
SHAPES = {
    "kernel": (33, 47),
    "bias": (1001,),
    "scale": (),
    "stack": (2, 3, 5),
    # Those that are cut in blocks: in rows of no, of all but one, and of whole blocks.
    "convolution": (3, 4, 6, 7),
    "columns": (5, 255),
    "matrices": (2, 3, 130),
    "whole": (2, 3, 256),
}
ODD = np.array(
    [0x7F800000, 0xFF800000, 0x7FC00000, 0xFFFFFFFF, 0x7F800001, 0x7F7FFFFF, 0x7F7F8000, 0, 1]
    + [0x80000000, 0x80000001, 0x00008000, 0x3F808000, 0x3F807FFF, 0xBF818000],
    np.uint32,
).view(np.float32)
"""Infinities, NaNs, the largest, zeros, the smallest, and what lies half-way."""


@pytest.fixture(autouse=True)
def small_tensors_are_cut() -> Iterator[None]:
    with mock.patch.object(blocks, "FROM", 500):
        yield


def patterns(upper: int) -> np.ndarray:
    """All float32 numbers with the same upper 16 bits."""
    return (np.uint32(upper) << np.uint32(16) | np.arange(2**16, dtype=np.uint32)).view(np.float32)


def as_bits(array: Any) -> np.ndarray:
    return np.asarray(array, np.float32).view(np.uint32)


# -- the definitions ------------------------------------------------------------------------------


@pytest.mark.parametrize("upper", [0, 0x3F80, 0x7F7F, 0x7F80, 0x7FFF, 0x8000, 0xBF80, 0xFFFF])
def test_a_weight_is_joined_again_from_what_it_was_split_into(upper):
    x = patterns(upper)
    near, rest = bits.upper(x), bits.lower(x)
    found = bits.joined(near, rest)
    nan = np.isnan(x)
    np.testing.assert_array_equal(as_bits(found)[~nan], as_bits(x)[~nan])
    assert np.isnan(found[nan]).all()
    assert np.isnan(near[nan]).all()
    np.testing.assert_array_equal(as_bits(near) & 0xFFFF, 0)
    np.testing.assert_array_equal(rest, rest.astype(np.int16))
    if not nan.any() and upper < 0x7F00:
        nearest = x.astype(BFLOAT16).astype(np.float32)
        assert (np.abs(near - x) == np.abs(nearest - x)).all()


def test_a_coin_rounds_up_as_often_as_a_value_is_near_to_what_is_above():
    coin = np.arange(2**16)
    for value in (1.0, -1.3, 3e-39, 1e30, 1 + 2.0**-9):
        found = bits.rounded(np.float32(value), coin)
        assert len(np.unique(found)) <= 2
        assert found.mean() == pytest.approx(np.float32(value), rel=1e-12)
    np.testing.assert_array_equal(bits.rounded(np.inf, coin), np.inf)
    assert np.isnan(bits.rounded(ODD[3], coin)).all()


# -- the same bits everywhere ---------------------------------------------------------------------


def gradients(step: int, dtype: Any) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(np.random.default_rng([step, len(name)]).normal(size=shape), dtype)
        for name, shape in SHAPES.items()
    }


def on_numpy(dtype: Any, arguments: Mapping[str, Any], **build: Any) -> dict[str, Any]:
    params, optimizer = gradients(0, dtype), Adam(1e-2, **arguments)
    optimizer.build(params, **build)
    for step in range(1, 5):
        optimizer.apply(gradients(step, dtype), params)
    session = optimizer.session
    assert session is not None
    return {**params, **{f"{s}/{n}": a for s, n, a in _slots(session)}}


def _slots(session: Any) -> Any:
    for slot, arrays in session.slots.items():
        for name, array in zip(session.names, arrays, strict=True):
            if array is not None:
                yield slot, name, array


def on_torch(dtype: Any, arguments: Mapping[str, Any], compiler: str | None) -> dict[str, Any]:
    torch = pytest.importorskip("torch")
    if compiler == "triton":
        pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")
    optim = pytest.importorskip("adamas.torch")

    def tensor(array: np.ndarray) -> Any:
        narrow = array.dtype == BFLOAT16
        found = torch.from_numpy(np.array(array.view(np.int16) if narrow else array))
        return found.view(torch.bfloat16) if narrow else found

    def array(tensor: Any) -> np.ndarray:
        narrow = tensor.dtype is torch.bfloat16
        found = (tensor.detach().view(torch.int16) if narrow else tensor.detach()).numpy()
        return found.view(BFLOAT16) if narrow else found

    params = {n: torch.nn.Parameter(tensor(a)) for n, a in gradients(0, dtype).items()}
    known = {"learning_rate": 1e-2, "convention": "keras", "compiler": compiler}
    optimizer = optim.wrap(Adam)(params.items(), **known, **arguments)
    for step in range(1, 5):
        for name, g in gradients(step, dtype).items():
            params[name].grad = tensor(g)
        optimizer.step()
    found = {name: array(p) for name, p in params.items()}
    for name, p in params.items():
        state = optimizer.state[p].items()
        found |= {f"{s}/{name}": array(t) for s, t in state if s != "step"}
    return found


def on_jax(dtype: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    jax = pytest.importorskip("jax")
    step = pytest.importorskip("adamas.jax").functional(Adam(1e-2, **arguments))
    params = gradients(0, dtype)
    state, apply = step.init(params), jax.jit(step.apply)
    for number in range(1, 5):
        params, state = apply(gradients(number, dtype), state, params)
    slots = {
        f"{s}/{n}": a for s, tree in state.slots.items() for n, a in tree.items() if a is not None
    }
    return {name: np.asarray(value) for name, value in {**params, **slots}.items()}


FRONTS: dict[str, Callable[..., dict[str, Any]]] = {
    "LLVM": on_numpy,
    "threads": lambda *known: _in_threads(*known),
    "PyTorch": lambda *known: on_torch(*known, compiler=None),
    "Triton": lambda *known: on_torch(*known, compiler="triton"),
    "XLA": on_jax,
}
"""Ways to compute; Keras is in the laws of states."""


def _in_threads(*known: Any) -> dict[str, Any]:
    from adamas.compilers import memory

    with mock.patch.object(memory, "CHUNK", 256), memory.sharing(0):
        before = adamas.num_threads()
        adamas.set_num_threads(7)
        try:
            return on_numpy(*known)
        finally:
            adamas.set_num_threads(before)


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "states": (np.float32, {"states": "bfloat16"}),
    "one slot": (np.float32, {"states": {"v": "bfloat16"}, "amsgrad": True}),
    "average": (np.float32, {"states": {"ema": "bfloat16", "m": "bfloat16"}, "use_ema": True}),
    "double precision": (np.float64, {"states": "bfloat16"}),
    "remainder": (BFLOAT16, {"master": "remainder", "states": "bfloat16"}),
    "float32": (BFLOAT16, {"master": "float32"}),
    "stochastic": (BFLOAT16, {"master": "stochastic", "states": {"v": "bfloat16"}}),
    "8 bits": (np.float32, {"states": "8bit", "nonfinite": "skip"}),
    "8 bits of double precision": (np.float64, {"states": "8bit", "amsgrad": True}),
    "8 bits, along rows": (np.float32, {"states": "8bit", "centralize_gradients": True}),
    "8 bits and 16": (BFLOAT16, {"states": {"m": "8bit", "v": "bfloat16"}, "master": "remainder"}),
    "8 bits of sums": (
        np.float32,
        {
            "states": {"accumulator": "8bit", "ema": "bfloat16", "v": "8bit"},
            "use_ema": True,
            "gradient_accumulation_steps": 2,
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("front", FRONTS)
def test_what_is_stored_has_the_bits_of_the_definition(front, case):
    dtype, arguments = CASES[case]
    if front == "XLA" and dtype is np.float64:
        pytest.skip("JAX has float64 only where it is told to")
    found = FRONTS[front](dtype, arguments)
    expected = on_numpy(dtype, arguments, compiler="reference")
    assert {*expected} == {*found}
    for name, array in found.items():
        right = expected[name]
        assert array.dtype == right.dtype
        if front == "Triton" and case == "float32" and "/" not in name:
            continue  # its interpreter cuts what a GPU rounds
        if array.dtype in (BFLOAT16, np.int16):
            # A last bit of float32 turns one coin of so many.
            differs = np.count_nonzero(array.view(np.int16) != right.view(np.int16))
            assert differs <= 2 + array.size // 100 * (array.dtype == np.int16) * 60, name
        elif array.dtype in (np.int8, np.uint8):
            apart = np.abs(array.astype(np.int16) - right.astype(np.int16))
            assert apart.max() <= 1, name
            assert np.count_nonzero(apart) <= 2, name
        else:
            np.testing.assert_allclose(array, right, rtol=2e-6, atol=1e-7)


def test_what_the_optimizer_says_comes_before_the_slots_of_jax():
    jax = pytest.importorskip("jax")
    optimizer = Adam(states={"v": "bfloat16"}, master="remainder")
    step = pytest.importorskip("adamas.jax").functional(optimizer, slot_dtype=jax.numpy.float16)
    state = step.init(gradients(0, BFLOAT16))
    found = {slot: tree["kernel"].dtype.name for slot, tree in state.slots.items()}
    assert found == {"m": "float16", "v": "bfloat16", "remainder": "int16"}


def test_other_coins_are_noticed():
    one, other = (on_numpy(np.float32, {"states": s}) for s in ("bfloat16", {"m": "bfloat16"}))
    with mock.patch("adamas.stages.coins", lambda place: f"other {place // 2}"):
        wrong = on_numpy(np.float32, {"states": "bfloat16"})
    differs = np.count_nonzero(wrong["m/bias"] != one["m/bias"])
    assert differs > 300
    assert np.count_nonzero(other["m/bias"] != one["m/bias"]) < 700


def test_coins_are_those_of_the_slot_the_update_and_the_weight():
    class Kept(adamas.Optimizer):
        learning_rate: adamas.Rate = 0.1

        @staticmethod
        def update(p, g, a, b, c, /, *, learning_rate):
            return p, a + g, b + g, c + g

    params = {"w": np.zeros(1000, np.float32)}
    optimizer = Kept(states="bfloat16")
    optimizer.build(params)
    optimizer.apply({"w": np.full(1000, 1.001, np.float32)}, params)
    for place, slot in enumerate("abc"):
        which, half = divmod(place, 2)
        index = np.arange(1000)
        coin = values("coins", f"states {which}", 0, 1, words_of("w"), index)[16][half]
        expected = bits.rounded(np.float32(1.001), coin)
        np.testing.assert_array_equal(optimizer.session.slots[slot][0], expected)


def test_a_master_is_exactly_float32():
    start = gradients(0, BFLOAT16)
    exact = {name: p.astype(np.float32) for name, p in start.items()}
    wide, narrow = Adam(1e-3), Adam(1e-3, master="remainder")
    wide.build(exact)
    narrow.build(start)
    for step in range(1, 20):
        grads = gradients(step, BFLOAT16)
        wide.apply({n: g.astype(np.float32) for n, g in grads.items()}, exact)
        narrow.apply(grads, start)
    rests = dict(zip(start, narrow.session.slots["remainder"], strict=True))
    for name, p in start.items():
        found = bits.joined(p.astype(np.float32), rests[name])
        np.testing.assert_array_equal(as_bits(found), as_bits(exact[name]))
        assert (np.abs(p.astype(np.float32) - exact[name]) <= np.abs(exact[name]) * 2.0**-8).all()


# -- what they are for ----------------------------------------------------------------------------


def drift(beta_2: float, states: str, rounded: Any = None) -> float:
    """The median of stored over true v, of weights whose gradients fade tenfold."""
    count, chance = 2048, np.random.default_rng(0)
    params = [np.zeros(count, np.float32)]
    optimizer = Adam(1e-3, beta_2=beta_2, states=states)
    true = np.zeros(count)
    with mock.patch.dict(codes.BITWISE, {"rounded": rounded} if rounded else {}):
        optimizer.build(params, compiler="reference" if rounded else None)
        for step in range(2000):
            g = chance.normal(size=count).astype(np.float32)
            g[: count // 2] *= 0.1 if step >= 700 else 1.0
            true += (1 - beta_2) * (g.astype(np.float64) ** 2 - true)
            optimizer.apply([g], params)
    stored = optimizer.session.slots["v"][0].astype(np.float64)
    return float(np.median((stored / true)[: count // 2]))


@pytest.mark.parametrize("beta_2", [0.9, 0.99, 0.999])
def test_what_fades_fades(beta_2):
    assert drift(beta_2, "bfloat16") == pytest.approx(1.0, abs=0.15)


def test_what_is_rounded_to_nearest_does_not_fade():
    def nearest(value: Any, coin: Any) -> np.ndarray:
        return np.asarray(value, np.float32).astype(BFLOAT16).astype(np.float64)

    assert drift(0.999, "bfloat16", nearest) > 2


def test_a_weight_moves_in_the_mean_by_steps_that_are_smaller_than_its_spacing():
    ends = {}
    for master in (None, "stochastic", "remainder", "float32"):
        params = [np.ones(4096, BFLOAT16)]
        optimizer = adamas.SGD(1e-4, master=master)
        for _ in range(100):
            optimizer.apply([np.ones(4096, BFLOAT16)], params)
        ends[master] = 1 - params[0].astype(np.float64).mean()
    assert ends.pop(None) == 0
    assert ends == {
        "stochastic": pytest.approx(0.01, rel=0.02),
        "remainder": pytest.approx(0.01, abs=2.0**-9),
        "float32": pytest.approx(0.01, abs=2.0**-9),
    }


# -- what is said ---------------------------------------------------------------------------------


def test_bytes_are_told():
    assert explain(Adam(states="bfloat16")).parts[0].state_bytes == 4
    assert explain(Adam(states={"v": "bfloat16"})).parts[0].state_bytes == 6
    known = explain(Adam(states="bfloat16", master="remainder"), dtype="bfloat16")
    assert known.parts[0].state_bytes == 6
    assert explain(Adam(master="remainder")).parts[0].state_bytes == 8


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a name": (lambda: Adam(states="int4"), "states must be one of 'float32', 'bfloat16'"),
    "a name of a slot": (
        lambda: Adam(states={"w": "bfloat16"}),
        "states must name slots of Adam: m, v, ema, accumulator. Got: 'w'",
    ),
    "a name in a mapping": (lambda: Adam(states={"v": 8}), "states must be one of"),
    "a master": (lambda: Adam(master="int8"), "master must be one of 'float32', 'remainder'"),
    "a master of float16": (
        lambda: Adam(master="remainder").build([np.zeros(3, np.float16)]),
        "master='remainder' is for parameters of bfloat16. Got: '0' of float16",
    ),
    "states of members": (
        lambda: adamas.MultiOptimizer({"": Adam()}, states="bfloat16"),
        "Set it on the optimizers inside",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused(case):
    make, words = WRONG[case]
    with pytest.raises(errors.ConfigurationError, match=words):
        make()


def test_configurations_hold_them():
    optimizer = Adam(states={"v": "bfloat16"}, master="stochastic")
    config = optimizer.get_config()
    assert config["states"] == {"v": "bfloat16"}
    assert Adam.from_config(config).get_config() == config
    assert "states={'v': 'bfloat16'}" in repr(optimizer)


def test_a_rule_with_random_numbers_of_its_own_has_coins_too():
    ends = [
        _noisy(compiler=compiler, states=states)
        for compiler in ("llvm", "reference")
        for states in ("bfloat16", "float32")
    ]
    np.testing.assert_allclose(ends[0], ends[2], rtol=2e-6)
    assert not np.array_equal(ends[0], ends[1])


def _noisy(compiler: str, states: str) -> np.ndarray:
    params = {"w": np.ones((20, 7), np.float32)}
    optimizer = Noisy(states=states)
    optimizer.build(params, compiler=compiler)
    for _ in range(3):
        optimizer.apply({"w": np.ones((20, 7), np.float32)}, params)
    return params["w"]


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [("float32", "bfloat16"), ("bfloat16", "float32")])
def test_any_precision_loads_into_any_other(before, after, tmp_path):
    params = gradients(0, np.float32)
    first, second = Adam(states=before), Adam(states=after)
    first.build(params)
    first.apply(gradients(1, np.float32), params)
    first.save(tmp_path / "state")
    second.build(params)
    with pytest.warns(UserWarning, match=f"as {before} that are stored as {after} here: m, v"):
        second.load(tmp_path / "state")
    for one, other in zip(first.session.slots["v"], second.session.slots["v"], strict=True):
        np.testing.assert_array_equal(other, one.astype(other.dtype))
    second.apply(gradients(2, np.float32), params)
