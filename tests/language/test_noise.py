"""Random numbers of weights: one definition, the same bits everywhere, and the laws they say."""

import functools
import math
import platform
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import Optimizer, Rate
from adamas.compilers import memory, store
from adamas.errors import RuleError
from adamas.language import noise
from adamas.runtime.host.arrangement import Arrangement
from endurance import endurance, rounds
from noisy import Drawn, Noisy, NoisyRows

SHAPES = {"a": (6, 5), "b": (9,), "c": (), "d": (2, 3, 4), "e": (0, 3)}
LARGE = {"kernel": (300, 217), "bias": (70_001,)}


def numbers(law: str, name: str, key: str, shape: Any, t: int = 1, seed: int = 0) -> np.ndarray:
    """The definition of all numbers of a parameter."""
    index = np.arange(math.prod(shape)).reshape(shape)
    return noise.values(law, name, seed, t, noise.words_of(key), index)


def zeros(shapes: Mapping[str, Any], dtype: Any = np.float32) -> dict[str, np.ndarray]:
    return {name: np.zeros(shape, dtype) for name, shape in shapes.items()}


def trained(
    optimizer: Optimizer, params: Mapping[str, np.ndarray], steps: Any = (1, 2, 3), **build: Any
) -> Mapping[str, np.ndarray]:
    """After a call with the gradients of each step."""
    if not optimizer.built:
        optimizer.build(params, **build)
    for step in steps:
        grads = {
            name: np.random.default_rng([step, *name.encode()]).normal(size=p.shape)
            for name, p in params.items()
        }
        optimizer.apply({name: np.asarray(g, params[name].dtype) for name, g in grads.items()})
    return params


def same_bits(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return all(one[name].tobytes() == other[name].tobytes() for name in one)


# -- the same numbers everywhere ------------------------------------------------------------------


def on_numpy(compiler: str) -> Callable[[], Mapping[str, np.ndarray]]:
    def run() -> Mapping[str, np.ndarray]:
        params, optimizer = zeros(SHAPES), Drawn()
        optimizer.build(params, compiler=compiler)
        optimizer.apply(zeros(SHAPES))
        return params

    return run


def on_torch(compiler: str) -> Mapping[str, np.ndarray]:
    torch = pytest.importorskip("torch")
    pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")
    optim = pytest.importorskip("adamas.torch")
    params = {name: torch.nn.Parameter(torch.zeros(shape)) for name, shape in SHAPES.items()}
    optimizer = optim.wrap(Drawn)(params.items(), compiler=compiler)
    for p in params.values():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    return {name: p.detach().numpy() for name, p in params.items()}


def on_jax() -> Mapping[str, np.ndarray]:
    jax = pytest.importorskip("jax")
    step = pytest.importorskip("adamas.jax").functional(Drawn())
    params = zeros(SHAPES)
    after, _ = jax.jit(step.apply)(zeros(SHAPES), step.init(params), params)
    return {name: np.asarray(value) for name, value in after.items()}


FRONTS: dict[str, Callable[[], Mapping[str, np.ndarray]]] = {
    "the definition": on_numpy("reference"),
    "LLVM": on_numpy("llvm"),
    "PyTorch": functools.partial(on_torch, "llvm"),
    "Triton": functools.partial(on_torch, "triton"),
    "XLA": on_jax,
}


@pytest.mark.parametrize("front", FRONTS)
def test_uniform_numbers_have_the_same_bits_everywhere(front):
    for name, found in FRONTS[front]().items():
        expected = numbers("uniform", "u", name, SHAPES[name]).astype(np.float32)
        assert np.asarray(found).tobytes() == expected.tobytes(), name


@pytest.mark.parametrize("kind", [Noisy, NoisyRows])
@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-13), (np.float32, 3e-6)])
def test_compiled_numbers_are_those_of_the_definition(kind, dtype, bound):
    ends = [
        trained(kind(), zeros(SHAPES, dtype), compiler=compiler)
        for compiler in ("llvm", "reference")
    ]
    for name in SHAPES:
        np.testing.assert_allclose(ends[0][name], ends[1][name], rtol=bound, atol=bound)


def variants() -> dict[str, Callable[[], Any]]:
    """Ways that change no bit; the parameters, and a context in which they are trained."""

    def apart(name: str, shape: Any) -> np.ndarray:
        return np.zeros((*shape[:-1], 2 * shape[-1]), np.float32)[..., ::2]

    plain = functools.partial(zeros, LARGE)
    return {
        "threads": lambda: (plain(), memory.sharing(1)),
        "smaller chunks": lambda: (plain(), mock.patch.object(memory, "CHUNK", 1000)),
        "smaller blocks": lambda: (plain(), mock.patch.object(memory, "BLOCK", 2048)),
        "another order": lambda: (dict(reversed(plain().items())), mock.MagicMock()),
        "columns first": lambda: (
            {n: np.zeros(s[::-1], np.float32).T for n, s in LARGE.items()},
            mock.MagicMock(),
        ),
        "every second": lambda: ({n: apart(n, s) for n, s in LARGE.items()}, mock.MagicMock()),
        "one alone": lambda: ({"bias": plain()["bias"]}, mock.MagicMock()),
    }


@pytest.mark.parametrize("kind", [Noisy, adamas.SGLD])
@pytest.mark.parametrize("way", variants())
def test_no_bit_depends_on_how_it_is_computed(kind, way):
    expected = trained(kind(0.1), zeros(LARGE))
    params, context = variants()[way]()
    with context:
        assert same_bits(trained(kind(0.1), params), expected)


@pytest.mark.parametrize("changed", [{"seed": 4}, {"name": "other"}])
def test_another_seed_or_name_gives_other_numbers(changed):
    name = changed.get("name", "a")
    params = trained(Noisy(seed=changed.get("seed", 3)), {name: np.zeros((6, 5))})
    assert not np.allclose(params[name], trained(Noisy(), {"a": np.zeros((6, 5))})["a"])


@pytest.mark.parametrize(
    "wrapped", ["module.a.b", "_orig_mod.a.b", "module._orig_mod.a.b", "a._fsdp_wrapped_module.b"]
)
def test_what_wrappers_of_pytorch_put_into_a_name_does_not_count(wrapped):
    assert noise.words_of(wrapped) == noise.words_of("a.b")
    assert noise.words_of("a.module.b") != noise.words_of("a.b")


def test_a_saved_state_goes_on_with_the_numbers_that_would_have_come(tmp_path):
    expected = trained(Noisy(), zeros(SHAPES))
    first = Noisy()
    params = trained(first, zeros(SHAPES), (1, 2))
    first.save(tmp_path / "state")
    second = Noisy.from_config(first.get_config())
    second.build(params)
    second.load(tmp_path / "state")
    assert same_bits(trained(second, params, (3,)), expected)


def test_another_seed_compiles_nothing():
    optimizer = Noisy()
    trained(optimizer, zeros(SHAPES))
    with mock.patch.object(store, "_emit", side_effect=AssertionError("compiles")):
        optimizer.seed = 8
        optimizer.apply(zeros(SHAPES))


FAR = 2**32 - 7
"""Where the low word of an index begins anew, within these tensors."""


def test_indices_of_more_than_32_bits_go_on():
    shape = (70_001,)

    def far(self: Any, plan: Any, index: int, size: int) -> tuple[int, ...]:
        return (FAR * size,)

    params = {"bias": np.zeros(shape, np.float32)}
    with mock.patch.object(Arrangement, "_begun", far):
        trained(Drawn(), params, (1,))
    index = FAR + np.arange(shape[0], dtype=np.int64)
    expected = noise.values("uniform", "u", 0, 1, noise.words_of("bias"), index)
    np.testing.assert_array_equal(params["bias"], expected.astype(np.float32))


def test_indices_are_joined_from_those_along_the_axes_in_words_of_32_bits():
    shape = (3, 70_000, 5, 90_000)
    places = np.random.default_rng(0).integers(0, shape, (1000, 4))
    expected = np.ravel_multi_index(tuple(places.T), shape).astype(np.uint64)
    along = [np.asarray(axis, np.uint32) for axis in places.T]
    low, high = noise.index_words(along, shape, np.uint32)
    np.testing.assert_array_equal(low, expected & np.uint64(noise.WORD))
    np.testing.assert_array_equal(high, expected >> np.uint64(32))
    assert high.max() > 0


# -- the laws -------------------------------------------------------------------------------------


def test_the_quantile_is_that_of_the_normal_law():
    tails = np.concatenate([2.0 ** -np.linspace(0.01, 32, 500), np.linspace(0.01, 0.99, 99)])
    expected = [-NormalDist().inv_cdf(tail / 2) for tail in tails]
    np.testing.assert_allclose(noise.normal(tails), expected, rtol=1.2e-5, atol=1e-7)
    np.testing.assert_array_equal(noise.normal(-tails), -noise.normal(tails))


def deviations(draw: Callable[[int, int, str, str], np.ndarray], seeds: int) -> dict[str, float]:
    """The largest |z| over seeds of each thing that numbers of the law have, by what it is.

    `draw` gives standard normal numbers, of a seed, an update, a name and a tensor.
    """
    far = NormalDist().cdf(-3.0)
    found: dict[str, list[float]] = {}
    for seed in range(seeds):
        z = draw(seed, 1, "z", "w")
        root = math.sqrt(len(z))
        others = {
            "updates": draw(seed, 2, "z", "w"),
            "seeds": draw(seed + 1, 1, "z", "w"),
            "names": draw(seed, 1, "y", "w"),
            "tensors": draw(seed, 1, "z", "v"),
        }
        rows = {
            "mean": z.mean() * root,
            "variance": (np.mean(z * z) - 1) * root / math.sqrt(2),
            "upper tail": (np.mean(z > 3) - far) * root / math.sqrt(far),
            "lower tail": (np.mean(z < -3) - far) * root / math.sqrt(far),
            "neighbours": np.mean(z[1:] * z[:-1]) * root,
            **{f"two {what}": np.mean(z * other) * root for what, other in others.items()},
        }
        for what, value in rows.items():
            found.setdefault(what, []).append(float(value))
    # The largest of many seeds is larger than that of one: the bound is for each alone.
    joined = {f"{what}, all seeds": sum(v) / math.sqrt(seeds) for what, v in found.items()}
    return {**{w: max(map(abs, v)) for w, v in found.items()}, **joined}


def draw_normal(count: int) -> Callable[[int, int, str, str], np.ndarray]:
    index = np.arange(count)
    return lambda seed, t, name, tensor: noise.values(
        "normal", name, seed, t, noise.words_of(tensor), index
    )


def draw_by_xor(count: int) -> Callable[[int, int, str, str], np.ndarray]:
    """The same with all that is known joined to the index by exclusive or."""
    index = np.arange(count, dtype=np.uint64)

    def draw(seed: int, t: int, name: str, tensor: str) -> np.ndarray:
        x = index ^ np.uint64(seed ^ t ^ len(name) ^ len(tensor))
        found = noise.hashed(x, np.uint64(0), np.uint64)
        make = noise.signed(found, np.uint64, lambda whole: whole.astype(np.float64))
        return noise.normal(make)

    return draw


def wrong(found: Mapping[str, float]) -> list[str]:
    return [what for what, value in found.items() if abs(value) >= 4]


@endurance
def test_numbers_have_no_bias_and_nothing_in_common():
    draw = draw_normal(rounds(short=2**18, full=2**20))
    assert wrong(deviations(draw, rounds(short=6, full=40))) == []


def test_a_hash_with_keys_by_exclusive_or_is_caught():
    assert {"two names", "two tensors"} <= set(wrong(deviations(draw_by_xor(2**16), 3)))


def of_coins(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """How many standard deviations off two coins of each weight are, as shares from -1/2 to 1/2."""
    root = math.sqrt(len(a) * 12)
    rows = {"one": a.mean() * root, "another": b.mean() * root}
    pairs = {"both": a * b, "neighbours": a[1:] * b[:-1], "squares": a * a - 1 / 12}
    spread = {"both": 1 / 12, "neighbours": 1 / 12, "squares": 1 / math.sqrt(180)}
    return rows | {n: pair.mean() / spread[n] * math.sqrt(len(a)) for n, pair in pairs.items()}


@endurance
@pytest.mark.parametrize("bits", noise.COINS)
def test_two_coins_of_a_weight_have_no_bias_and_nothing_in_common(bits):
    index = np.arange(rounds(short=2**18, full=2**20))
    for seed in range(rounds(short=6, full=40)):
        coins = noise.values("coins", "states 0", seed, 1, noise.words_of("w"), index)
        shares = [(coin + 0.5) / 2**bits - 0.5 for coin in coins[bits]]
        assert wrong(of_coins(*shares)) == []
    # Coins of the same end are not two.
    ends = [coins[count][0] / 2**count - 0.5 for count in noise.COINS]
    assert "both" in wrong(of_coins(*ends))


def test_the_noise_of_noisy_sgd_has_the_variance_that_fades():
    params = {"w": np.zeros(2**18)}
    optimizer = adamas.NoisySGD(1.0, eta=0.09, gamma=0.5, seed=5)
    optimizer.build(params)
    before = 0.0
    for t in (1, 2, 3):
        optimizer.apply({"w": np.zeros(2**18)})
        moved, before = params["w"] - before, params["w"].copy()
        np.testing.assert_allclose(moved.var(), 0.09 / math.sqrt(t), rtol=0.012)


def test_langevin_dynamics_comes_to_the_density_of_the_gradients():
    """U = (p − 2)² / (2 · 0.25): mean 2 and variance 0.25 · T, but for a share of lr / 2 / 0.25."""
    params = {"w": np.zeros(2**15)}
    optimizer = adamas.SGLD(0.01, temperature=0.5)
    optimizer.build(params)
    for _ in range(250):
        optimizer.apply({"w": (params["w"] - 2) / 0.25})
    np.testing.assert_allclose(params["w"].mean(), 2, atol=0.01)
    np.testing.assert_allclose(params["w"].var(), 0.125 / (1 - 0.02), rtol=0.035)


# -- what it is compiled to, and what is refused --------------------------------------------------


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86")
def test_the_loop_is_packed_whole_numbers_too():
    optimizer = adamas.SGLD()
    trained(optimizer, {"w": np.zeros(100, np.float32)}, (1,))
    programs: Any = optimizer.session.programs  # type: ignore[union-attr]
    texts = [walk.text for one in programs for kernel in one.kernels for walk in kernel.walks]
    assembly = "\n".join(map(store.assembly, texts))
    for instruction in ("pmulld", "psrld", "pxor", "sqrtps", "divps", "cvtdq2ps"):
        assert instruction in assembly, instruction
    assert "vfmadd" not in assembly


def plain(p, g, /, *, learning_rate, z):
    return p - learning_rate * z


CLASSES: dict[str, tuple[dict[str, Any], str]] = {
    "another law": ({"drawn": {"z": "cauchy"}, "seed": 0}, "must be 'uniform' or 'normal'"),
    "no seed": ({"drawn": {"z": "normal"}}, "must have a seed"),
    "a name that is taken": (
        {"drawn": {"learning_rate": "normal"}, "seed": 0},
        "names 'learning_rate', which is a hyperparameter",
    ),
}


@pytest.mark.parametrize("case", CLASSES)
def test_what_cannot_be_drawn_is_refused_where_the_class_is_written(case):
    members, words = CLASSES[case]
    annotations = {"learning_rate": Rate, **({"seed": int} if "seed" in members else {})}
    members = {"learning_rate": 0.1, "__annotations__": annotations, **members}
    with pytest.raises(RuleError, match=words):
        type("Mine", (Optimizer,), {**members, "update": staticmethod(plain)})


def test_numbers_of_numpy_lead_to_those_of_rules():
    def update(p, g, /, *, learning_rate):
        return p - learning_rate * (g + np.random.normal())

    members = {"learning_rate": 0.1, "__annotations__": {"learning_rate": Rate}}
    with pytest.raises(RuleError, match='drawn = {"z": "normal"} in the class'):
        type("Mine", (Optimizer,), {**members, "update": staticmethod(update)})
