"""What every optimizer keeps to, whatever its rule: one table of them, one function a promise.

The table is the registry itself, so a new optimizer is tested without a line here.
"""

import copy
import inspect
import itertools
import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import pytest

import adamas
from adamas import (
    SGLD,
    Adam,
    GaLore,
    LossScaleOptimizer,
    MultiOptimizer,
    Optimizer,
    Rate,
    checkpoint,
)
from adamas.compilers import llvm, memory, store
from adamas.composite import Composite, Wrapper
from adamas.errors import AdamasError, ArgumentError, ConfigurationError, NonFiniteError
from adamas.lowering import lower
from adamas.optimizer import OPTIMIZERS
from cases import (
    BFLOAT16,
    DTYPES,
    assert_same_bits,
    bits,
    check_close,
    everything,
    layout,
    leaves,
)
from family import FAMILY, stands_for_its_form

SHAPES: dict[str, tuple[int, ...]] = {
    "kernel": (3, 5),
    "bias": (37,),
    "embedding": (4, 3),
    "stack": (2, 3, 4),
    "scale": (),
    "nothing": (2, 0),
}
"""Matrices that Muon takes and one that it leaves to Adam, a vector with a tail, and the rest."""


# -- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One optimizer, and how it is made from any arguments."""

    name: str
    make: Callable[..., Any]

    @property
    def rule(self) -> Any:
        """An optimizer that has the rule, as it is by default."""
        return owners(self.make())[0]


def owners(optimizer: Any) -> list[Any]:
    """Who has the arguments of the rule."""
    return list(optimizer.inner()) or [optimizer]


def two_of_a_kind(**arguments: Any) -> MultiOptimizer:
    """A MultiOptimizer of two Adams, which both have the arguments of the rule."""
    own = {name: value for name, value in arguments.items() if is_own(name)}
    common = {name: value for name, value in arguments.items() if not is_own(name)}
    other = Adam(**{"beta_2": 0.99, **own})
    return MultiOptimizer([("bias|kernel", Adam(**own)), ("", other)], **common)


def is_own(name: str) -> bool:
    """Whether an argument belongs to the members of a composite."""
    return name not in Optimizer.fields or Optimizer.fields[name].owner == "member"


MAKERS: dict[str, Callable[..., Any]] = {
    "MultiOptimizer": two_of_a_kind,
    "LossScaleOptimizer": lambda **a: LossScaleOptimizer(Adam(**a), initial_scale=1.0),
    "GaLore": lambda **a: GaLore(**{"rank": 2, **a}),
    "SGLD": lambda **a: SGLD(**{"temperature": 1e-4, **a}),
}
"""Composites that need more than one optimizer inside to be made, what is for larger matrices, and
what wanders by itself."""


def row_of(name: str, kind: type[Any]) -> Row:
    """The row of a class in the registry."""
    if name in MAKERS:
        return Row(name, MAKERS[name])
    if issubclass(kind, Wrapper):
        return Row(name, lambda **arguments: kind(inner_optimizer=Adam(**arguments)))
    assert not issubclass(kind, Composite), f"say in MAKERS how a {name} is made"
    return Row(name, kind)


ROWS = {
    name: row_of(name, kind)
    for name, kind in OPTIMIZERS.items()
    if kind.__module__.startswith("adamas.")
}
every_optimizer = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))

FORMS = {name: row for name, row in ROWS.items() if stands_for_its_form(name)}
"""One of each form of rule: what holds for what it remembers and sums holds for all of its form."""
every_form = pytest.mark.parametrize("row", FORMS.values(), ids=list(FORMS))

KINDS = (
    *("Adam", "Lamb", "Muon", "SM3", "Prodigy", "SOAP", "Sophia", "SGLD", "Nadam"),
    *("ScheduleFreeAdamW", "MultiOptimizer", "LossScaleOptimizer"),
)
"""One of each kind that a session tells apart: by weight, with sums, with whole matrices, with
small slots, with sums over all, with slots of declared shapes, with arrays that are given, with
noise, with numbers that are handed on, with a stage around, and two that hold others."""
every_kind = pytest.mark.parametrize("row", [ROWS[name] for name in KINDS], ids=KINDS)

BY_EIGENVECTORS = ("KLShampoo", "KLSOAP", "Shampoo", "SOAP")
"""What is alike along some directions has any eigenvectors there: the last bit decides. These are
compared where gradients have full rank, in tests of their own."""

DEFINITE = {name: row for name, row in FORMS.items() if name not in BY_EIGENVECTORS}
every_definite_form = pytest.mark.parametrize("row", DEFINITE.values(), ids=list(DEFINITE))


def tree(dtype: Any = np.float32, seed: int = 0) -> dict[str, np.ndarray]:
    """A parameter of each shape, between 1/2 and 2 in magnitude."""
    chance = np.random.default_rng(seed)
    made = {}
    for name, shape in SHAPES.items():
        sign = chance.choice([-1.0, 1.0], shape)
        made[name] = np.array(sign * chance.uniform(0.5, 2, shape)).astype(dtype)
    return made


def grads_of(params: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Gradients around 1 in magnitude, none of them near 0."""
    chance = np.random.default_rng(1000 + seed)
    return {
        name: np.array(
            chance.choice([-1.0, 1.0], p.shape) * chance.uniform(0.25, 2, p.shape)
        ).astype(p.dtype)
        for name, p in params.items()
    }


def call(optimizer: Any, grads: Any, params: Any = None, loss: float = 1.25) -> None:
    """One call with these gradients, and what the optimizer asks for beside them."""
    asked = {n: kind for one in optimizer.everyone() for n, kind in one.inputs.items()}
    given = {n: loss if kind == "number" else sizes(grads) for n, kind in asked.items()}
    optimizer.apply(grads, params, **given)


def sizes(grads: Any) -> Any:
    """Arrays above 0 in the structure of gradients."""
    if isinstance(grads, Mapping):
        return {name: sizes(one) for name, one in grads.items()}
    if isinstance(grads, list | tuple):
        return [sizes(one) for one in grads]
    if not isinstance(grads, np.ndarray):
        return grads
    return (np.abs(grads.astype(np.float64)) + 0.5).astype(grads.dtype)


def train(
    optimizer: Any, params: Mapping[str, np.ndarray], seeds: Any = range(3), **build: Any
) -> Any:
    """One call with the gradients of each seed."""
    if not optimizer.built:
        optimizer.build(params, **build)
    for seed in seeds:
        call(optimizer, grads_of(params, seed))
    return optimizer


def held(optimizer: Any, params: Any) -> list[np.ndarray]:
    """Parameters and state."""
    return [*leaves(params), *leaves(optimizer.state), *optimizer.session.remembered.values()]


def undecayed(row: Row) -> dict[str, Any]:
    """Arguments that switch every weight decay off."""
    numbers = row.rule.numbers()
    return dict.fromkeys(name for name in numbers if name.endswith("weight_decay"))


def sums(optimizer: Any) -> bool:
    """Whether any walk of a built optimizer sums, or calls a function of whole tensors."""
    return any(
        walk.sums or walk.wholes
        for plan in optimizer.session.plans
        for work in plan.update
        for walk in lower(plan, work).walks
    )


def test_every_public_optimizer_is_in_the_table():
    public = {name for name in adamas.optimizers.__all__ if name in OPTIMIZERS}
    assert public == set(ROWS)
    assert len(ROWS) >= 16


# -- dtypes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@every_form
def test_dtypes_and_shapes_stay_and_slots_are_never_narrower_than_float32(row, dtype):
    params = tree(dtype)
    kept = dict(params)
    optimizer = train(row.make(), params)
    wide = np.float64 if dtype == np.float64 else np.float32
    for name, shape in SHAPES.items():
        assert params[name] is kept[name]
        assert (params[name].dtype, params[name].shape) == (dtype, shape)
    assert {array.dtype for array in leaves(optimizer.state)} <= {np.dtype(wide)}


OTHERS = [row for name, row in ROWS.items() if name not in FAMILY]
"""Those of `FAMILY` are tried in all of their variants in tests of their own."""


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.name)
def test_zero_gradients_stay_finite_with_the_defaults(row, dtype):
    params = tree(dtype)
    optimizer = row.make()
    for factor in (0, 0, 1, 0):
        grads = {n: (factor * g).astype(dtype) for n, g in grads_of(params, 1).items()}
        call(optimizer, grads, params)
    for array in held(optimizer, params):
        assert np.isfinite(array.astype(np.float64)).all()


AT_REST = {
    "MADGRAD": {"epsilon": 1e-30, "momentum": 0.0},  # ε is added to the rate
    "Rprop": {"smallest": 0.0},  # the rate is the size of the first step, which has a bound
}
"""Arguments without which a rule moves at a rate of 0 as well, as its equations say."""


def check_zero_rate(row: Row, dtype: Any) -> None:
    """A rate of 0 moves nothing, or is refused.

    There may be rounding where the rule has its parameters from an average of others.
    """
    params, before = tree(dtype), tree(dtype)
    try:
        own = AT_REST.get(row.name, {})
        optimizer = row.make(learning_rate=0.0, **undecayed(row), **own)
    except ConfigurationError as error:
        assert "learning_rate must be greater than 0" in str(error)  # noqa: PT017
        return
    train(optimizer, params)
    if not optimizer.averages():
        assert_same_bits(leaves(params), leaves(before))
    check_close(leaves(params), leaves(before), 2.0**-21)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@every_optimizer
def test_a_rate_of_zero_moves_nothing(row, dtype):
    check_zero_rate(row, dtype)


def test_a_rule_that_moves_without_a_rate_would_be_seen():
    class Restless(Adam):
        @staticmethod
        def update(p, g, m, v, /, *, alpha, beta_1, beta_2, epsilon_hat):
            return p - (alpha + 1e-6) * g, m, v

    with pytest.raises(AssertionError):
        check_zero_rate(Row("Restless", Restless), np.float32)


def ways(row: Row, dtype: Any, rate: float) -> dict[str, np.ndarray]:
    """How far each weight came in 60 steps of steady gradients of `dtype`, from 1.

    Rules that estimate distances begin with one that parameters of 16 bits can go; those that
    follow the loss have a high one.
    """
    params = {name: np.ones(SHAPES[name], dtype) for name in ("kernel", "bias", "scale")}
    twin = {name: np.ones(p.shape, BFLOAT16) for name, p in params.items()}
    begun = FAMILY[row.name].begun if row.name in FAMILY else {}
    optimizer = row.make(learning_rate=rate, **undecayed(row), **begun)
    optimizer.build(params)
    for seed in range(60):
        grads = {n: np.abs(g).astype(dtype) for n, g in grads_of(twin, seed).items()}
        call(optimizer, grads, loss=100.0)
    return {name: 1 - p.astype(np.float64) for name, p in params.items()}


def rate_that_moves(row: Row) -> float:
    """The first rate of a ladder with which every tensor moves by 0.3 at least in float32."""
    for rate in 1e-3 * 2.0 ** np.arange(24):
        far = ways(row, np.float32, float(rate))
        if min(np.abs(way).mean() for way in far.values()) > 0.3:
            return float(rate)
    raise AssertionError(f"{row.name} does not move at any rate")


def check_way(way: np.ndarray, wide: np.ndarray) -> None:
    """As far as in float32, but for a quarter: steps of a hundredth are rounded to neighbours."""
    assert (np.abs(way - wide) <= np.abs(wide) / 4 + 2.0**-6).all()


@every_optimizer
def test_parameters_of_16_bits_go_as_far_as_those_of_float32(row):
    """The gradients are numbers of bfloat16, which float16 has to three digits."""
    rate = rate_that_moves(row)
    wide = ways(row, np.float32, rate)
    for dtype in (BFLOAT16, np.float16):
        for name, way in ways(row, dtype, rate).items():
            check_way(way, wide[name])


def test_a_parameter_that_stands_still_or_is_nan_would_be_seen():
    """As Keras's Adam, whose β₂ = 0.999 rounds to 1 in bfloat16, and its Nadam."""
    row = Row("Adam", Adam)
    wide = ways(row, np.float32, rate_that_moves(row))["bias"]
    for wrong in (0 * wide, np.nan * wide, 2 * wide):
        with pytest.raises(AssertionError):
            check_way(wrong, wide)


# -- compiled once, read at each step -------------------------------------------------------------


@contextmanager
def counting() -> Iterator[list[str]]:
    """Everything that is compiled or written inside: machine code, and host functions."""
    made: list[str] = []

    def watch(module: Any, name: str) -> Any:
        real = getattr(module, name)
        return mock.patch.object(
            module, name, side_effect=lambda *a, **k: made.append(name) or real(*a, **k)
        )

    with watch(store, "load"), watch(llvm.walk, "host_function"), watch(llvm, "compile_pass"):
        yield made


@every_form
def test_only_the_first_step_compiles(row):
    params = tree()
    optimizer = row.make(gradient_accumulation_steps=2)
    with counting() as first:
        train(optimizer, params, range(2))
    assert {"load", "compile_pass"} <= set(first)
    kernels = sum(len(program.kernels) for program in optimizer.session.programs)
    with counting() as later:
        for rate in (0.1, 0.2):
            optimizer.learning_rate = rate
            train(optimizer, params, range(2))
    assert later == []
    assert sum(len(p.kernels) for p in optimizer.session.programs) == kernels


CANDIDATES = (0.1, 0.3, 0.6, 0.9, 0.99, 5, 20, 2, 3, -0.3, -0.8, 1e-3)
"""Values that numbers are given in turn beside the usual one, where they are in range."""

CALLS_BEFORE = {
    ("RAdam", "epsilon"): 6,  # it divides by roots from the sixth on
    ("RAdam", "threshold"): 6,
    ("RAdam", "epsilon_root"): 6,
    ("DoG", "first_rate"): 0,  # it is that of the first
    ("Prodigy", "growth_rate"): 4,  # of gradients at random these are the first that let it grow
}
"""After how many calls a rule asks for a number, if not after three."""

COMMON: tuple[dict[str, Any], ...] = (
    {
        "weight_decay": 0.1,
        "clipvalue": 0.9,
        "use_ema": True,
        "ema_momentum": 0.9,
        "loss_scale_factor": 2.0,
    },
    {"global_clipnorm": 5.0},
    {"clipnorm": 2.0},
)
"""Arguments that switch a stage on, whose numbers are looked at together."""


def with_state_of(row: Row, optimizer: Any, params: Any, **arguments: Any) -> tuple[Any, Any]:
    """A new optimizer with other arguments, in the very state of `optimizer`, and parameters."""
    others = {name: p.copy() for name, p in params.items()}
    fresh = row.make(**arguments)
    fresh.build(others)
    fresh.session.restore(*optimizer.session.export())
    return fresh, others


def check_read_anew(row: Row, name: str, values: tuple[Any, Any], base: Mapping) -> bool:
    """A number that changes counts as if it had been there all along; gives whether it matters.

    It is set, or comes from an array or a callable that gives another value: of each form.
    """
    before, after = values
    calls = range(CALLS_BEFORE.get((row.name, name), 3))
    holder = np.array(float(before))
    sources: dict[str, Any] = {"setattr": before, "array": holder, "callable": lambda: holder[()]}
    if row.name in ROWS.keys() - FORMS.keys():
        sources = {"setattr": before}
    ends: dict[Any, Any] = {}
    for way, source in sources.items():
        params = tree(np.float64)
        holder[...] = before
        optimizer = train(row.make(**{**base, name: source}), params, calls)
        known, others = with_state_of(row, optimizer, params, **{**base, name: after})
        same, unchanged = with_state_of(row, optimizer, params, **{**base, name: before})
        holder[...] = after
        if way == "setattr":
            for owner in owners(optimizer) if is_own(name) else [optimizer]:
                setattr(owner, name, after)
        for each, its in ((optimizer, params), (known, others), (same, unchanged)):
            train(each, its, [7])
        assert_same_bits(held(optimizer, params), held(known, others))
        ends[way] = [bits(a) for a in held(optimizer, params)]
        ends[way, "unchanged"] = [bits(a) for a in held(same, unchanged)]
    assert all(ends[way] == ends["setattr"] for way in sources)
    return ends["setattr"] != ends["setattr", "unchanged"]


def pairs_of(row: Row, name: str, base: Mapping) -> Iterator[tuple[Any, Any]]:
    """Values in range, that choose the same rule as numbers that may change."""

    def fits(value: Any) -> bool:
        try:
            one, two = (row.make(**{**base, name: v}) for v in (value, lambda: value))
        except AdamasError:
            return False
        owner, other = owners(one)[0], owners(two)[0]
        whole = not owner.fields[name].range.whole or value == int(value)
        return whole and owner.rule() == other.rule()

    usual = row.rule.fields[name].default or 0.0
    candidates = (usual, 0.9 * usual, *CANDIDATES)
    yield from itertools.pairwise(value for value in candidates if fits(value))


def is_used(optimizer: Any, number: str) -> bool:
    """Whether its rules, `prepare` or what stands around the rules ask for a number."""
    rules = {optimizer.rule_for(name, shape) for name, shape in SHAPES.items()}
    functions = [optimizer.prepare, *rules]
    asked = {name for function in functions for name in inspect.signature(function).parameters}
    decays = {optimizer.decay_for(name, shape) for name, shape in SHAPES.items()}
    seeds = {"seed"} if optimizer.drawn else set()
    around = {own for stage in optimizer.around() for own in stage.numbers.values()}
    return number in asked | decays | seeds | around


GOES_WITH = {
    "dampening": {"momentum": 0.7},
    "matrix_epsilon": {"precondition_frequency": 1},
    "growth_rate": {"distance_factor": 1000.0},
}
"""Arguments without which a number is for nothing."""


@every_optimizer
def test_every_number_of_the_rule_is_read_anew_at_each_step(row):
    for name in row.rule.numbers():
        if name in Optimizer.fields or row.rule.fields[name].structure:
            continue
        base = GOES_WITH.get(name, {})
        pairs = list(pairs_of(row, name, base))
        # Not every value matters to every rule: it may be a bound that is not reached.
        matters = any(check_read_anew(row, name, pair, base) for pair in pairs)
        used = is_used(owners(row.make(**{**base, name: pairs[0][0]}))[0], name)
        assert matters == used, name


LENGTHS_COUNT = {"Fromage": {"min_norm": 100.0}}
"""Arguments without which a gradient's length is nothing to a rule, as it is divided by it."""


@every_kind
def test_every_number_of_the_step_is_read_anew_at_each_step(row):
    scales = row.make().loss_scale_factor is not None
    for common in COMMON:
        known = {n: v for n, v in common.items() if not (scales and n == "loss_scale_factor")}
        base = {**known, **LENGTHS_COUNT.get(row.name, {})}
        for name, value in known.items():
            if name != "use_ema":
                assert check_read_anew(row, name, (value, 0.5), base), name


def test_a_number_that_is_read_once_would_be_seen():
    """A factory of rules keeps what its number was."""

    class Once(Optimizer):
        learning_rate: Rate = 0.1

        def __post_init__(self) -> None:
            super().__post_init__()
            rate = self.rate_at(0)
            self._once = lambda p, g, /: p - rate * g

        @staticmethod
        def update(p, g, /):
            return p - g

        def rule(self):
            return self._once

    row = Row("Once", Once)
    with pytest.raises(AssertionError):
        check_read_anew(row, "learning_rate", (0.1, 0.3), {})


# -- accumulation ---------------------------------------------------------------------------------


@every_form
def test_equal_calls_that_are_accumulated_are_one_call(row):
    """The mean of four equal gradients is each of them, bit for bit, and the clocks tick once."""
    params, others = tree(), tree()
    optimizer = row.make(gradient_accumulation_steps=4, use_ema=True, weight_decay=0.1)
    alone = row.make(use_ema=True, weight_decay=0.1)
    optimizer.build(params)
    alone.build(others)
    for seed in range(4):
        for _ in range(4):
            call(optimizer, grads_of(params, seed))
        call(alone, grads_of(others, seed))
    assert_same_bits(leaves(params), leaves(others))
    state = {slot: named for slot, named in optimizer.state.items() if slot != "accumulator"}
    assert_same_bits(leaves(state), leaves(alone.state))
    assert not any(array.any() for array in optimizer.state["accumulator"].values())
    assert (optimizer.iterations, optimizer.calls) == (alone.iterations, 4 * alone.calls)
    for name, array in alone.session.remembered.items():
        if name != "step_counter":  # a loss scale counts calls
            assert bits(array) == bits(optimizer.session.remembered[name]), name


# -- refusals -------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[dict[str, np.ndarray]], Any]] = {
    "another shape": lambda grads: {**grads, "bias": np.ones(36, np.float32)},
    "another dtype": lambda grads: {**grads, "bias": np.ones(37, int)},
    "no array": lambda grads: {**grads, "bias": 1.0},
    "a missing key": lambda grads: {n: g for n, g in grads.items() if n != "bias"},
    "a key too many": lambda grads: {**grads, "more": np.ones(3, np.float32)},
    "a sequence": lambda grads: list(grads.values()),
    "no gradient at all": lambda grads: dict.fromkeys(grads),
}


@pytest.mark.parametrize("accumulation", [1, 3])
@every_kind
def test_a_refused_call_changes_nothing(row, accumulation):
    arguments = {"use_ema": True, "gradient_accumulation_steps": accumulation}
    params, others = tree(), tree()
    optimizer, twin = train(row.make(**arguments), params), train(row.make(**arguments), others)
    before = everything(optimizer, params)
    for name, spoil in REFUSED.items():
        with pytest.raises(AdamasError):
            call(optimizer, spoil(grads_of(params, 5)))
        assert everything(optimizer, params) == before, name
    train(optimizer, params, range(4))
    train(twin, others, range(4))
    assert everything(optimizer, params) == everything(twin, others)


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@every_kind
def test_what_is_not_finite_raises_and_changes_nothing(row, value, accumulation):
    params = tree()
    skips = row.name == "LossScaleOptimizer"  # it passes over such calls by itself
    policy = {} if skips else {"nonfinite": "raise"}
    optimizer = row.make(**policy, gradient_accumulation_steps=accumulation)
    optimizer = train(optimizer, params)
    for name in ("kernel", "bias", "stack", "scale"):
        before = everything(optimizer, params)
        grads = grads_of(params, 5)
        last = grads[name].reshape(-1)[-1:]
        if row.name == "Rprop":  # it keeps nothing of a gradient that has turned
            last[...] = np.copysign(value, optimizer.state["last"][name].reshape(-1)[-1])
        else:
            last[...] = value
        if skips:
            call(optimizer, grads)
            assert everything(optimizer, params)[0][3] == before[0][3]
        else:
            with pytest.raises(NonFiniteError, match=f"'{name}'"):
                call(optimizer, grads)
            assert everything(optimizer, params) == before


# -- configurations and copies --------------------------------------------------------------------

COPIES: dict[str, Callable[[Any], Any]] = {
    "config": lambda o: type(o).from_config(json.loads(json.dumps(o.get_config()))),
    "serialize": lambda o: adamas.deserialize(json.loads(json.dumps(adamas.serialize(o)))),
    "get": lambda o: adamas.get(adamas.serialize(o)),
    "replace": lambda o: o.replace(),
    "pickle": lambda o: pickle.loads(pickle.dumps(o)),
    "deepcopy": copy.deepcopy,
}

ARGUMENTS: dict[str, Any] = {
    "use_ema": True,
    "ema_momentum": 0.5,
    "clipvalue": 1.0,
    "gradient_accumulation_steps": 2,
    "loss_scale_factor": 2.0,
    "weight_decay": 0.125,
    "learning_rate": 0.0625,
}


def arguments_of(row: Row) -> dict[str, Any]:
    """`ARGUMENTS` that the row can be made with: a loss scale has a factor of its own."""
    scales = row.make().loss_scale_factor is not None
    return {n: v for n, v in ARGUMENTS.items() if not (scales and n == "loss_scale_factor")}


@pytest.mark.parametrize("way", COPIES)
@every_kind
def test_a_copy_has_the_same_configuration_and_trains_alike(row, way):
    optimizer = row.make(**arguments_of(row))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    copied = COPIES[way](optimizer)
    assert type(copied) is type(optimizer)
    assert copied.get_config() == optimizer.get_config()
    params, others = tree(), tree()
    train(optimizer, params, range(4))
    train(copied, others, range(4))
    assert everything(optimizer, params) == everything(copied, others)


@pytest.mark.parametrize("way", ["pickle", "deepcopy"])
@pytest.mark.parametrize("calls", [4, 5])
@every_kind
def test_a_copy_in_the_middle_goes_on_with_the_same_bits(row, calls, way):
    """Also between two updates, when an accumulator is half full."""
    params = tree()
    optimizer = train(row.make(**arguments_of(row)), params, range(calls))
    copied = COPIES[way](optimizer)
    others = {name: p.copy() for name, p in params.items()}
    copied.build(others)
    train(optimizer, params, range(3))
    train(copied, others, range(3))
    assert everything(optimizer, params) == everything(copied, others)


@every_optimizer
def test_other_arguments_replace_those_there_are(row):
    optimizer = row.make(clipvalue=1.0)
    if isinstance(optimizer, Wrapper):
        with pytest.raises(ConfigurationError, match="clipvalue"):
            optimizer.replace(clipvalue=0.5)
        return
    changed = optimizer.replace(clipvalue=0.5)
    assert (optimizer.clipvalue, changed.clipvalue) == (1.0, 0.5)
    assert {**changed.get_config(), "clipvalue": 1.0} == optimizer.get_config()


@every_optimizer
def test_names_are_found_in_any_spelling(row):
    snake = row.make().name if isinstance(row.make(), Composite) else row.rule.name
    for spelling in (row.name, row.name.lower(), row.name.upper(), snake, snake.replace("_", "")):
        if isinstance(row.make(), Composite):
            with pytest.raises(ArgumentError, match="needs"):
                adamas.get(spelling)
        else:
            assert type(adamas.get(spelling)) is OPTIMIZERS[row.name]


# -- state ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", [2, 5])
@every_kind
def test_a_saved_state_goes_on_bit_for_bit(row, calls, tmp_path):
    params = tree()
    optimizer = train(row.make(**arguments_of(row)), params, range(calls))
    optimizer.save(tmp_path / "state")
    others = {name: p.copy() for name, p in params.items()}
    fresh = row.make(**arguments_of(row))
    fresh.build(others)
    fresh.load(tmp_path / "state")
    assert everything(optimizer, params) == everything(fresh, others)
    train(optimizer, params, range(3))
    train(fresh, others, range(3))
    assert everything(optimizer, params) == everything(fresh, others)


@every_kind
def test_names_in_a_file_are_slot_and_parameter(row, tmp_path):
    optimizer = train(row.make(use_ema=True), tree())
    optimizer.save(tmp_path / "state")
    saved = checkpoint.read(tmp_path / "state")
    slots = {f"{slot}/{name}" for slot, named in optimizer.state.items() for name in named}
    assert set(saved.tensors) == slots | set(optimizer.session.remembered)
    assert {f"ema/{name}" for name in SHAPES} <= slots
    variables = {f"{optimizer.name}/{name}" for name in saved.tensors}
    assert variables <= set(optimizer.variables)
    assert saved.metadata["class_name"] == row.name


# -- threads, chunks, layouts ---------------------------------------------------------------------


def trained(
    row: Row, threads: int, chunk: int, block: int, widest: int
) -> tuple[list[np.ndarray], bool]:
    """Parameters and state after 3 steps, and whether the optimizer sums."""
    adamas.set_num_threads(threads)
    params = tree()
    with layout(chunk), mock.patch.multiple(memory, TILE=block, WIDEST=widest):
        optimizer = train(row.make(weight_decay=0.1, use_ema=True), params)
    return held(optimizer, params), sums(optimizer)


@every_definite_form
def test_threads_and_chunks_do_not_change_a_bit(row):
    """Where nothing is summed. A sum is one of chunks, so there only threads may differ."""
    for sizes in ((8, 8, 4), (7, 5, 100)):
        alone, has_sums = trained(row, 1, *sizes)
        for threads in (2, 5):
            assert_same_bits(trained(row, threads, *sizes)[0], alone)
    usual, _ = trained(row, 1, memory.CHUNK, memory.TILE, memory.WIDEST)
    if not has_sums:
        assert_same_bits(alone, usual)
    check_close(alone, usual, 64 * 2.0**-24)


def laid_out(kind: str, array: np.ndarray) -> np.ndarray:
    """The same values in other memory."""
    if kind == "Fortran's order":
        return np.asfortranarray(array)
    if kind == "transposed":
        return np.ascontiguousarray(array.T).T
    if kind == "every other":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if kind == "rows of a wider array":
        wide = np.zeros((*array.shape[:-1], array.shape[-1] + 3), array.dtype)
        wide[..., 1 : 1 + array.shape[-1]] = array
        return wide[..., 1 : 1 + array.shape[-1]]
    assert kind == "backwards"
    return np.ascontiguousarray(array[..., ::-1])[..., ::-1]


LAYOUTS = ("Fortran's order", "transposed", "every other", "rows of a wider array", "backwards")


def train_laid_out(row: Row, of_params: str | None, of_grads: str | None) -> tuple[Any, bool]:
    """As `trained`, with parameters and gradients in other memory."""

    def again(kind: str | None, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {n: laid_out(kind, a) if kind and a.ndim else a for n, a in arrays.items()}

    params = again(of_params, tree())
    optimizer = row.make(weight_decay=0.1)
    optimizer.build(params)
    for seed in range(3):
        call(optimizer, again(of_grads, grads_of(params, seed)))
    return held(optimizer, params), sums(optimizer)


@every_definite_form
def test_memory_may_lie_in_any_way(row):
    """The numbers are those of contiguous arrays: bit for bit, unless the order of a sum changes.

    Muon's are products of matrices, which BLAS sums as the memory lies.
    """
    plain, has_sums = train_laid_out(row, None, None)
    for one, other in [*itertools.product(LAYOUTS, [None]), *itertools.product([None], LAYOUTS)]:
        got, _ = train_laid_out(row, one, other)
        if has_sums:
            check_close(got, plain, 64 * 2.0**-24)
        else:
            assert_same_bits(got, plain)


# -- the definition -------------------------------------------------------------------------------

# As in `cases.ULPS`: 20 operations, half an ulp each, in each of 6 calls.
ROUNDING = {"float64": 64 * 2.0**-53, "float32": 64 * 2.0**-24, "float16": 2.0**-9}
# Ten products of matrices in a row, with singular values of coefficients up to 4.8.
PRODUCTS = 16
BOLD = {"COCOB": {"alpha": 1.0}}
"""Arguments with which a weight goes far beside its rounding: COCOB keeps how far that is."""


DEFINED = [row for name, row in DEFINITE.items() if name in KINDS or name not in FAMILY]
"""Those of `FAMILY` are compared with more arguments in tests of their own."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, BFLOAT16], ids=str)
@pytest.mark.parametrize("row", DEFINED, ids=lambda row: row.name)
def test_compiled_code_is_within_rounding_of_the_definition(row, dtype):
    """Slots of a rule that sums follow the rounded parameters."""
    arguments = {**arguments_of(row), "epsilon": 1e-3, **BOLD.get(row.name, {})}
    arguments = {n: v for n, v in arguments.items() if n in row.rule.fields}
    params, defined = tree(dtype), tree(dtype)
    optimizer = train(row.make(**arguments), params, range(6))
    definition = train(row.make(**arguments), defined, range(6), compiler="reference")
    rounding = ROUNDING.get(np.dtype(dtype).name, 2.0**-6)
    rounding *= (
        PRODUCTS if any(lower(p, p.update[-1]).whole for p in optimizer.session.plans) else 1
    )
    check_close(held(optimizer, params), held(definition, defined), rounding)
    assert (optimizer.iterations, optimizer.calls) == (3, 6)


def test_a_bit_that_differs_and_a_rule_that_differs_would_be_seen():
    params, others = tree(), tree()
    one, two = train(adamas.Nadam(), params), train(adamas.Nadam(beta_1=0.8), others)
    assert everything(one) != everything(two)
    assert everything(one, params) == everything(one, params)
    before = everything(one, params)
    one.session.remembered["mu_product"][...] *= 1 + 2.0**-52
    assert everything(one, params) != before
    with pytest.raises(AssertionError):
        check_close(held(one, params), held(two, others), 64 * 2.0**-24)
