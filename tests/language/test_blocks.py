"""How slots are stored in 8 bits, with a scale for each block: what codes mean, and why so."""

import platform
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import Adam, Optimizer, Rate, errors
from adamas.compilers import store
from adamas.dtypes import numpy_dtype
from adamas.explanation import explain
from adamas.language import bits, blocks, codes, scales
from adamas.plan import make_plan

CURVES = list(bits.CURVES)
SHAPE = (64, 128)


@pytest.fixture
def small_tensors_are_cut() -> Iterator[None]:
    with mock.patch.object(blocks, "FROM", 500):
        yield


def coded(kind: str, value: Any, scale: Any, coin: Any) -> np.ndarray:
    return bits.BITWISE[f"{kind}_code"](value, scale, coin)


def decoded(kind: str, code: Any, scale: Any) -> np.ndarray:
    return bits.BITWISE[f"{kind}_value"](code, scale)


# -- the codes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CURVES)
def test_every_code_stands_for_a_value_of_its_own_which_has_it(kind):
    top = bits.CURVES[kind].top
    every = np.arange(-top if kind == "signed" else 0, top + 1)
    assert np.array_equal(every, every.astype("int8" if kind == "signed" else "uint8"))
    for scale in (2.0**-92, 1.0, 2.0**100):
        value = decoded(kind, every, scale)
        assert (np.diff(value) > 0).all()
        np.testing.assert_array_equal(coded(kind, value, scale, 0), every)
        np.testing.assert_array_equal(coded(kind, value, scale, 2**20 - 1), every)


@pytest.mark.parametrize("kind", CURVES)
def test_a_coin_codes_in_the_mean_what_a_value_is(kind):
    coin = np.arange(2**20)
    values = [0.9999, 0.73, 0.5, 0.4999, 0.1, 1e-3, 3e-5]
    for value in [*values, *(-v for v in values if kind == "signed")]:
        found = decoded(kind, coded(kind, value, 1.0, coin), 1.0)
        assert len(np.unique(found)) <= 2
        assert found.mean() == pytest.approx(np.float32(value), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("kind", CURVES)
def test_whatever_a_code_stands_for_is_0_or_a_normal_number(kind):
    least = scales.OfArrays((64, 128)).scale(np.zeros((1, 64, 128)))[0, 0, 0]
    value = decoded(kind, np.array([0, 1]), least)
    assert value[0] == 0 < np.finfo(np.float32).tiny <= value[1]


def test_what_is_not_negative_becomes_0_if_it_is_0_alone_or_below_all_numbers():
    smallest = np.float32(1e-38)
    assert coded("positive", smallest, 1.0, 0) == 1
    assert coded("positive", np.float32(1e-39), 1.0, 0) == 0
    assert coded("positive", 0.0, 1.0, 2**20 - 1) == 0
    assert coded("signed", smallest, 1.0, 0) == 0
    assert decoded("positive", 1, 1.0) < 2.0**-33


def test_a_scale_is_the_power_of_two_above_all_of_its_block_and_of_no_other():
    value = np.zeros((1, 3, 300), np.float32)
    value[0, 0, 130], value[0, 0, 299], value[0, 1, 0] = -3.0, 0.25, 2.0**127
    value[0, 2, 5], value[0, 2, 200] = np.nan, -np.inf
    value[0, 2, 299] = 1e-45
    found = blocks.of_blocks(scales.OfArrays((3, 300)).scale(value), (3, 300))
    least = 2.0**-92
    expected = [[least, 4, 0.5], [2.0**126, least, least], [np.nan, np.nan, least]]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("shape", "cut", "count"),
    [
        ((64, 128), True, (64, 1)),
        ((50, 130), True, (50, 2)),
        ((40, 16, 3, 3), True, (40, 2)),
        ((3, 20, 200), True, (3, 20, 2)),
        ((64, 63), False, None),
        ((2**20 - 1,), False, None),
        ((2**20,), True, (2**13,)),
        ((5000, 2), False, None),
        ((), False, None),
    ],
)
def test_which_tensors_are_cut_and_where(shape, cut, count):
    assert blocks.is_cut(shape) is cut
    if cut:
        assert blocks.blocks_shape(shape) == count
        values = np.arange(np.prod(shape)).reshape(shape)
        first = blocks.of_blocks(values, shape)
        assert first.shape == count
        assert (values - blocks.spread(first, shape) < blocks.BLOCK).all()


@pytest.mark.parametrize("kind", CURVES)
def test_nearest_codes_lie_within_a_sixteenth(kind):
    value = np.random.default_rng(0).lognormal(0, 1.5, SHAPE).astype(np.float32)
    found = scales.decoded(kind, *scales.encoded(kind, value, SHAPE), SHAPE)
    np.testing.assert_allclose(found, value, rtol=2.0**-4, atol=value.max() * 2.0**-14)


# -- which code a slot has ------------------------------------------------------------------------


class Mine(Optimizer):
    """Slots of every kind."""

    learning_rate: Rate = 0.1
    not_negative = ("said",)

    @staticmethod
    def initial(p, /):
        """Weights, and a negative number."""
        return {"start": p, "moving": p, "below": -1.0}

    @staticmethod
    def update(p, g, square, root, largest, mean, below, said, start, moving, /, *, learning_rate):
        """One weight."""
        square = 0.9 * square + 0.1 * g * g
        root = root + 0.5 * (np.sqrt(square) - root)
        largest = np.maximum(largest, np.abs(g))
        mean = mean + learning_rate * g * square
        below = below + 0.5 * (square - below)
        said = said + g - g
        moving = 0.5 * (moving + p)
        return (
            p - learning_rate * g,
            *(square, root, largest, mean, below, said, start, moving),
        )


def kinds(optimizer: Any) -> dict[str, str]:
    plan = make_plan(optimizer, in_blocks=True)
    return {slot: getattr(code, "kind", code.dtype) for slot, code in plan.codes.items()}


def test_how_a_slot_is_coded_follows_from_what_the_rule_makes_of_it():
    positive = dict.fromkeys(("square", "root", "largest", "said"), "positive")
    assert kinds(Mine(states="8bit")) == positive | {"mean": "signed", "below": "signed"}
    named = {"start": "8bit", "moving": "bfloat16", "accumulator": "8bit"}
    assert kinds(Mine(states=named, gradient_accumulation_steps=2)) == {
        "start": "signed",
        "moving": "bfloat16",
        "accumulator": "signed",
    }


@pytest.mark.parametrize(
    ("name", "positive"),
    [
        *[
            (name, {"v"})
            for name in ("Adam", "Nadam", "RMSprop", "Yogi", "MADGRAD", "SOAP", "Lamb")
        ],
        *[("Adagrad", {"a"}), ("Adamax", {"u"}), ("Ftrl", {"n"}), ("Adadelta", {"s", "v"})],
        *[("Lion", set()), ("Sophia", set()), ("ScheduleFreeAdamW", {"v"})],
    ],
)
def test_the_family_has_the_codes_that_it_needs(name, positive):
    found = kinds(getattr(adamas, name)(states="8bit"))
    assert {slot for slot, kind in found.items() if kind == "positive"} == positive
    assert not {"start", "z"} & found.keys() - ({"z"} if name == "Ftrl" else set())


# -- what they are for ----------------------------------------------------------------------------


def followed(beta_2: float, spread: float, states: str, way: Any = None) -> tuple[float, float]:
    """The median of stored over true v of weights whose gradients fade tenfold, and the largest
    move as a multiple of the rate."""
    chance = np.random.default_rng(0)
    size = np.exp(spread * chance.normal(size=SHAPE)).astype(np.float32)
    faded = chance.random(SHAPE) < 0.5
    params, rate = [np.zeros(SHAPE, np.float32)], 1e-3
    optimizer = Adam(rate, beta_2=beta_2, states=states)
    true, largest = np.zeros(SHAPE), 0.0
    with mock.patch.dict(codes.BITWISE, way or {}):
        optimizer.build(params, compiler="reference" if way else None)
        for step in range(600 if way else 1500):
            g = chance.normal(size=SHAPE).astype(np.float32) * size
            g[faded] *= 0.1 if step >= 300 else 1.0
            true += (1 - beta_2) * (g.astype(np.float64) ** 2 - true)
            before = params[0].copy()
            optimizer.apply([g], params)
            largest = max(largest, np.abs(params[0] - before).max() / rate)
    slots = optimizer.session.slots
    stored = scales.decoded("positive", slots["v"][0], slots["v_scales"][0], SHAPE)
    return float(np.median((stored / true)[faded])), float(largest)


@pytest.mark.parametrize("beta_2", [0.9, 0.99, 0.999])
@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_what_fades_fades_and_no_move_is_too_long(beta_2, spread):
    found, largest = followed(beta_2, spread, "8bit")
    assert found == pytest.approx(1.0, abs=0.15)
    assert largest < 3


def test_what_is_rounded_to_nearest_does_not_fade():
    code = bits.BITWISE["positive_code"]
    nearest = {"positive_code": lambda value, scale, _: code(value, scale, scales.NEAREST)}
    assert followed(0.99, 0.0, "8bit", nearest)[0] > 2


@pytest.mark.usefixtures("small_tensors_are_cut")
@pytest.mark.parametrize(
    "name",
    ["AdamMini", "KLShampoo", "Lamb", "Muon", "NorMuon", "NovoGrad", "Prodigy", "SM3", "SOAP"],
)
def test_rules_with_sums_and_matrices_have_codes_as_well(name):
    ends = [_end(name, compiler) for compiler in ("reference", "llvm")]
    codes = [key for key, array in ends[0].items() if array.dtype in (np.int8, np.uint8)]
    assert {key.rpartition("/")[2] for key in codes} >= {"kernel", "stack"}
    for key, array in ends[0].items():
        if key in codes:
            np.testing.assert_array_equal(array, ends[1][key])
        else:
            np.testing.assert_allclose(array, ends[1][key], rtol=1e-9, atol=1e-12)


def test_one_value_in_two_slots_has_its_sign_in_that_which_has_signs():
    class Twice(Optimizer):
        learning_rate: Rate = 0.1
        not_negative = ("b",)

        @staticmethod
        def update(p, g, a, b, /, *, learning_rate):
            return p - learning_rate * g, g, g

    found = []
    for compiler in ("reference", "llvm"):
        optimizer, params = Twice(states="8bit"), {"w": np.zeros((64, 128), np.float32)}
        optimizer.build(params, compiler=compiler)
        optimizer.apply({"w": np.random.default_rng(0).normal(size=(64, 128)).astype("f4")}, params)
        found.append(optimizer.state)
    for slot in "ab":
        np.testing.assert_array_equal(*(state[slot]["w"] for state in found))
    assert (found[0]["a"]["w"] < 0).any()


def _end(name: str, compiler: str) -> dict[str, np.ndarray]:
    shapes = {"kernel": (6, 130), "stack": (2, 5, 140), "bias": (7,)}
    optimizer, chance = getattr(adamas, name)(states="8bit"), np.random.default_rng(0)
    params = {n: chance.normal(size=shape) for n, shape in shapes.items()}
    optimizer.build(params, compiler=compiler)
    for _ in range(4):
        optimizer.apply({n: chance.normal(size=shape) for n, shape in shapes.items()}, params)
    slots = {f"{slot}/{n}": a for slot, own in optimizer.state.items() for n, a in own.items()}
    return {n: np.array(a) for n, a in {**params, **slots}.items()}


# -- states ---------------------------------------------------------------------------------------


def gradients(step: int) -> dict[str, np.ndarray]:
    shapes = {"kernel": (5, 255), "convolution": (3, 4, 6, 7), "bias": (7,)}
    chance = np.random.default_rng(step)
    return {name: chance.normal(size=s).astype(np.float32) for name, s in shapes.items()}


def trained(states: Any, steps: int = 3) -> tuple[Any, dict[str, np.ndarray]]:
    params, optimizer = gradients(0), Adam(1e-2, states=states)
    for step in range(1, steps + 1):
        optimizer.apply(gradients(step), params)
    return optimizer, params


def values(optimizer: Any) -> dict[str, np.ndarray]:
    """What the slots hold, whatever they are stored as."""
    state = optimizer.state
    return {f"{slot}/{n}": held(state, slot, n, a) for slot in "mv" for n, a in state[slot].items()}


def held(state: Any, slot: str, name: str, array: np.ndarray) -> np.ndarray:
    kind = {"int8": "signed", "uint8": "positive"}.get(array.dtype.name)
    if kind is None:
        return array.astype(np.float32)
    return scales.decoded(kind, array, state[f"{slot}_scales"][name], array.shape)


WAYS = ("8bit", "float32", "bfloat16", {"m": "8bit"})


@pytest.mark.usefixtures("small_tensors_are_cut")
@pytest.mark.parametrize("before", WAYS, ids=str)
@pytest.mark.parametrize("after", WAYS, ids=str)
def test_any_precision_goes_on_in_any_other(before, after, tmp_path):
    first, params = trained(before)
    copied, known = dict(params), values(first)
    first.save(tmp_path / "state")
    second = Adam(1e-2, states=after)
    second.build({name: p.copy() for name, p in copied.items()})
    with mock.patch("adamas.runtime.loaded.warn") as told:
        second.load(tmp_path / "state")
    assert bool(told.call_count) == (before != after)
    first.convert(states=after)
    for name, value in values(second).items():
        np.testing.assert_allclose(value, known[name], rtol=2.0**-4)
        np.testing.assert_array_equal(values(first)[name], value)
    others = {name: p.copy() for name, p in copied.items()}
    first.apply(gradients(9), params)
    second.apply(gradients(9), others)
    for name, p in params.items():
        np.testing.assert_array_equal(p, others[name])


@pytest.mark.usefixtures("small_tensors_are_cut")
@pytest.mark.parametrize("before", ["8bit", "float32"])
def test_a_state_of_torch_goes_on_in_any_other(before):
    torch = pytest.importorskip("torch")
    make: Any = pytest.importorskip("adamas.torch").Adam
    after = {"8bit": "float32", "float32": "8bit"}[before]
    tensors = {n: torch.nn.Parameter(torch.from_numpy(a)) for n, a in gradients(0).items()}
    optimizers = {states: make(tensors.items(), states=states) for states in (before, after)}
    for name, g in gradients(1).items():
        tensors[name].grad = torch.from_numpy(g)
    optimizers[before].step()
    known = optimizers[before].state_dict()
    others = pytest.warns(UserWarning, match="other arguments")
    with others, pytest.warns(UserWarning, match="values are rounded once"):
        optimizers[after].load_state_dict(known)
    found = optimizers[after].state_dict()["state"]
    for place, name in enumerate(tensors):
        entry, other = found[place], known["state"][place]
        coded = name != "bias" and after == "8bit"
        assert entry["exp_avg_sq"].dtype == (torch.uint8 if coded else torch.float32)
        assert ("exp_avg_scales" in entry) is coded
        for slot, kind in (("exp_avg", "signed"), ("exp_avg_sq", "positive")):
            one, two = (_value(state, slot, kind) for state in (entry, other))
            np.testing.assert_allclose(one, two, rtol=2.0**-4)
    optimizers[after].step()


def _value(entry: Mapping[str, Any], slot: str, kind: str) -> np.ndarray:
    array = entry[slot].numpy()
    known = entry.get(f"{slot}_scales")
    return array if known is None else scales.decoded(kind, array, known.numpy(), array.shape)


@pytest.mark.usefixtures("small_tensors_are_cut")
def test_a_block_that_is_not_finite_is_told_and_changes_nothing():
    params, optimizer = gradients(0), Adam(1e-2, states="8bit", nonfinite="skip")
    optimizer.apply(gradients(1), params)
    before = {name: p.copy() for name, p in params.items()}
    bad = gradients(2)
    bad["kernel"][2, 200] = np.inf
    optimizer.apply(bad, params)
    assert optimizer.skipped == 1
    for name, p in params.items():
        np.testing.assert_array_equal(p, before[name])


@pytest.mark.usefixtures("small_tensors_are_cut")
def test_memory_in_another_order_is_refused_where_blocks_would_lie_apart():
    weights = np.zeros((3, 6, 7, 4), np.float32).transpose(0, 3, 1, 2)
    optimizer, params = Adam(states="8bit"), {"p": weights}
    with pytest.raises(errors.UnsupportedError, match="contiguous"):
        optimizer.apply({"p": np.ones_like(weights)}, params)
    assert not weights.any()
    turned = {"p": np.zeros((255, 5), np.float32).T}
    straight = {"p": np.zeros((5, 255), np.float32)}
    for p in (turned, straight):
        Adam(1e-2, states="8bit").apply({"p": gradients(1)["kernel"]}, p)
    np.testing.assert_array_equal(turned["p"], straight["p"])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86")
def test_codes_are_made_of_packed_whole_numbers():
    params = [np.zeros(SHAPE, np.float32)]
    optimizer: Any = Adam(states="8bit")
    optimizer.apply([np.ones(SHAPE, np.float32)], params)
    programs = optimizer.session.programs
    texts = [walk.text for one in programs for kernel in one.kernels for walk in kernel.walks]
    assembly = "\n".join(map(store.assembly, texts))
    for instruction in ("pmaxud", "pminud", "pmulld", "psrld", "pslld", "sqrtps", "divps"):
        assert instruction in assembly, instruction
    # Products with powers of two may be joined to sums, and nothing else.
    plain = [text.replace("contract ", "") for text in texts]
    assert texts != plain
    assert "vfm" not in "\n".join(map(store.assembly, plain))


def test_a_slot_may_not_be_called_as_scales_are():
    class Wrong(Optimizer):
        learning_rate: Rate = 0.1

        @staticmethod
        def update(p, g, m, m_scales, /, *, learning_rate):
            return p - learning_rate * g, m + g, m_scales + g

    with pytest.raises(errors.RuleError, match="m_scales"):
        Wrong(states="8bit").build([np.zeros(SHAPE, np.float32)])


def test_what_is_said_not_to_be_negative_is_a_slot():
    class Wrong(Mine):
        not_negative = ("said", "sed")

    with pytest.raises(errors.RuleError, match="must name slots.*Got: 'sed'"):
        make_plan(Wrong(states="8bit"), in_blocks=True)


def test_bytes_are_told():
    assert explain(Adam(states="8bit")).state_bytes == 2 + 2 * 4 / blocks.BLOCK
    assert explain(Adam(states={"m": "8bit", "v": "bfloat16"})).state_bytes == 3 + 4 / blocks.BLOCK
    shapes = {"kernel": (50, 130), "bias": (130,)}
    exact = (50 * 130 * 2 + 2 * 4 * 100 + 8 * 130) / (51 * 130)
    assert explain(Adam(states="8bit"), shapes).state_bytes == pytest.approx(exact)
    assert numpy_dtype("int8") == make_plan(Adam(states="8bit"), in_blocks=True).dtypes["m"]


@pytest.mark.usefixtures("small_tensors_are_cut")
def test_a_state_of_optax_is_coded():
    optax, step = pytest.importorskip("optax"), pytest.importorskip("adamas.jax")
    transformation, params = optax.adam(1e-2), gradients(0)
    _, theirs = transformation.update(gradients(1), transformation.init(params), params)
    optimizer = Adam(1e-2, convention="optax", states={"v": "8bit"})
    own = step.from_optax(optimizer, theirs, params)
    for name, right in theirs[0].nu.items():
        codes, known = (np.asarray(own.slots[key].get(name)) for key in ("nu", "nu_scales"))
        coded = name != "bias"
        assert codes.dtype == (np.uint8 if coded else np.float32)
        found = scales.decoded("positive", codes, known, codes.shape) if coded else codes
        np.testing.assert_allclose(found, right, rtol=2.0**-4)
