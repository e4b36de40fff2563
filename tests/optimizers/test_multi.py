"""MultiOptimizer: who has which parameter, and one step for all of them."""

import copy
import json
import pickle
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import adamas
from adamas import (
    SGD,
    Adafactor,
    Adam,
    AdamW,
    Lamb,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    Optimizer,
    RMSprop,
    ScheduleFreeAdamW,
    explanation,
    schedules,
)
from adamas.errors import (
    AdamasError,
    ArgumentError,
    ConfigurationError,
    NonFiniteError,
    StateError,
    StructureError,
)
from cases import BFLOAT16, assert_same_bits, bits, by_name, everything, leaves, picture

SHAPES: dict[str, tuple[int, ...]] = {
    "embedding": (6, 3),
    "block/kernel": (3, 5),
    "block/bias": (37,),
    "norm/scale": (5,),
    "norm/shift": (),
    "head/kernel": (5, 2),
}


def tree(dtype: Any = np.float32) -> dict[str, np.ndarray]:
    """Parameters between 1/2 and 2 in magnitude."""
    return by_name(SHAPES, dtype)


def grads_of(params: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Gradients that depend on the name and the seed alone."""
    made = {}
    for name, p in params.items():
        chance = np.random.default_rng([seed, *name.encode()])
        made[name] = np.array(chance.normal(size=p.shape)).astype(p.dtype)
    return made


def train(optimizer: Any, params: dict[str, np.ndarray], calls: int = 4, first: int = 0) -> Any:
    """Calls with the gradients of seeds `first` and so on."""
    if not optimizer.built:
        optimizer.build(params)
    for seed in range(first, first + calls):
        optimizer.apply(grads_of(params, seed))
    return optimizer


def moved(params: Mapping[str, np.ndarray]) -> set[str]:
    """The names of parameters that are not what they were at first."""
    return {name for name, p in tree().items() if bits(p) != bits(params[name])}


# -- who has which parameter ----------------------------------------------------------------------


def by_axes(axes: int) -> Callable[[str, tuple[int, ...]], bool]:
    """A function that chooses parameters of so many axes."""
    return lambda name, shape: len(shape) == axes


CHOICES: dict[str, tuple[Any, dict[str, int]]] = {
    "patterns are searched for anywhere": (
        ["bias|shift", "kernel", ""],
        {"block/bias": 0, "norm/shift": 0, "block/kernel": 1, "head/kernel": 1}
        | {"embedding": 2, "norm/scale": 2},
    ),
    "the first that fits wins": (
        ["kernel", "head", ""],
        {"head/kernel": 0, "block/kernel": 0}
        | {"embedding": 2, "block/bias": 2, "norm/scale": 2, "norm/shift": 2},
    ),
    "anchors": (
        ["^head", "e$", ""],
        {"head/kernel": 0, "norm/scale": 1}
        | {"embedding": 2, "block/kernel": 2, "block/bias": 2, "norm/shift": 2},
    ),
    "functions of the shape": (
        [by_axes(2), by_axes(1), by_axes(0)],
        {"embedding": 0, "block/kernel": 0, "head/kernel": 0}
        | {"block/bias": 1, "norm/scale": 1, "norm/shift": 2},
    ),
    "functions of the name": (
        [lambda name, shape: "/" not in name, ""],
        {"embedding": 0} | dict.fromkeys(list(SHAPES)[1:], 1),
    ),
}


@pytest.mark.parametrize("case", CHOICES)
def test_each_parameter_goes_to_the_first_that_fits(case):
    """Each member moves weights by its own power of ten."""
    choices, wanted = CHOICES[case]
    members = [SGD(10.0**-place) for place in range(len(choices))]
    params, before = tree(np.float64), tree(np.float64)
    optimizer = MultiOptimizer(list(zip(choices, members, strict=True)))
    optimizer.apply({name: np.ones(s) for name, s in SHAPES.items()}, params)
    found = {n: round(-np.log10(np.max(before[n] - params[n]))) for n in SHAPES}
    assert found == wanted


def test_a_mapping_of_patterns_is_as_good_as_pairs():
    params, others = tree(), tree()
    train(MultiOptimizer({"kernel": Adam(0.1), "": SGD(0.1)}), params)
    train(MultiOptimizer([("kernel", Adam(0.1)), ("", SGD(0.1))]), others)
    assert_same_bits(leaves(params), leaves(others))


def test_a_parameter_that_nobody_takes_is_refused_and_nothing_is_built():
    optimizer = MultiOptimizer({"kernel": Adam(), "bias$": SGD()})
    params = tree()
    with pytest.raises(StructureError, match="'embedding'.*'kernel', 'bias\\$'"):
        optimizer.build(params)
    assert not moved(params)
    with pytest.raises(StateError):
        _ = optimizer.state


def test_frozen_parameters_keep_every_bit_and_need_no_gradients():
    params = tree()
    optimizer = MultiOptimizer({"^norm|embedding": None, "": AdamW(0.1)}, use_ema=True)
    optimizer.build(params)
    for seed in range(3):
        grads: dict[str, Any] = grads_of(params, seed)
        grads["norm/scale"] = None
        if seed:
            grads["embedding"] = None
        optimizer.apply(grads)  # no warning: they are errors here
    assert moved(params) == {"block/kernel", "block/bias", "head/kernel"}
    assert all(set(named) == moved(params) for named in optimizer.state.values())
    with pytest.warns(UserWarning, match="'block/bias': not"):
        optimizer.apply({**grads_of(params, 3), "block/bias": None, "norm/shift": None})


def test_what_is_frozen_is_not_looked_at():
    """Not its gradient's values, nor its weight in a norm."""
    params, others = tree(), tree()
    pairs = {"embedding": None, "": Adam(0.1)}
    optimizer = MultiOptimizer(pairs, global_clipnorm=0.5, nonfinite="raise", use_ema=True)
    alone = Adam(0.1, global_clipnorm=0.5, use_ema=True)
    rest = {name: p for name, p in others.items() if name != "embedding"}
    for seed in range(3):
        grads = grads_of(params, seed)
        alone.apply({name: grads[name] for name in rest}, rest)
        grads["embedding"] = np.full((6, 3), np.nan, np.float32)
        optimizer.apply(grads, params)
    assert_same_bits(leaves(params), leaves(others))
    assert optimizer.gradient_norm == alone.gradient_norm
    optimizer.finalize_variable_values()
    alone.finalize_variable_values()
    assert_same_bits(leaves(params), leaves(others))


def test_all_frozen_is_refused():
    with pytest.raises(StructureError, match="all are"):
        MultiOptimizer({"": None}).build(tree())


# -- one step for all -----------------------------------------------------------------------------

KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "two kinds": lambda: {"kernel": Adam(0.1), "": SGD(0.1, momentum=0.9, nesterov=True)},
    "one kind, other numbers": lambda: {
        "kernel": Adam(0.1, 0.8, weight_decay=0.1),
        "": Adam(0.01, 0.9, 0.99),
    },
    "one kind, other arguments": lambda: {
        "kernel": Adam(0.1, amsgrad=True),
        "bias": Adam(0.1, cautious=True, weight_decay=0.1),
        "": Adam(0.1, weight_decay=0.1, independent_weight_decay=True),
    },
    "numbers that choose a rule": lambda: {"kernel": SGD(0.1), "": SGD(0.1, momentum=0.5)},
    "conventions": lambda: {
        "kernel": Adam(0.1, weight_decay=0.1, convention="torch"),
        "": Adam(0.1, weight_decay=0.1),
    },
    "what is remembered": lambda: {"kernel": Nadam(0.1, 0.8), "bias": Nadam(0.1), "": Adam(0.1)},
    "matrices": lambda: {
        "head": Adafactor(0.1),
        "kernel|bias": Muon(0.1, weight_decay=0.1),
        "": Lamb(0.1, weight_decay=0.01),
    },
    "averages of one": lambda: {"kernel": ScheduleFreeAdamW(0.1), "": RMSprop(0.1, centered=True)},
    "rates that change": lambda: {
        "kernel": Adam(schedules.ExponentialDecay(0.1, 2, 0.5)),
        "": Adam(lambda step: 0.1 / (1 + step)),
    },
}

COMMON: tuple[dict[str, Any], ...] = (
    {},
    {"clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.5},
    {"clipvalue": 0.5, "gradient_accumulation_steps": 2, "loss_scale_factor": 4.0},
    {"centralize_gradients": True, "nonfinite": "skip"},
    {"adaptive_clip": 0.1, "use_ema": True, "ema_overwrite_frequency": 2},
)


def parts_of(pairs: Mapping[str, Any], params: Mapping[str, Any]) -> list[tuple[Any, list[str]]]:
    """The members, each with the names of its parameters."""
    import re

    first = {name: next(c for c in pairs if re.search(c, name)) for name in params}
    return [(pairs[c], [name for name in params if first[name] == c]) for c in pairs]


@pytest.mark.parametrize("common", COMMON, ids=lambda common: "+".join(common) or "plain")
@pytest.mark.parametrize("dtype", [np.float32, BFLOAT16], ids=str)
@pytest.mark.parametrize("case", KINDS)
def test_without_a_global_norm_it_is_each_member_by_itself(case, dtype, common):
    if case == "conventions" and "clipnorm" in common:
        pytest.skip("a clip is the whole step's, which has no convention: PyTorch adds to norms")
    params, others = tree(dtype), tree(dtype)
    optimizer = train(MultiOptimizer(KINDS[case](), **common), params, 5)
    for member, names in parts_of(KINDS[case](), params):
        alone = member.replace(**common)
        own = {name: others[name] for name in names}
        train(alone, own, 5)
        for slot, named in alone.state.items():
            mine = [optimizer.state[slot][name] for name in named]
            assert_same_bits(mine, list(named.values()))
    assert_same_bits(leaves(params), leaves(others))


@pytest.mark.parametrize("case", ["two kinds", "matrices", "what is remembered"])
def test_a_global_norm_is_that_of_all_members_together(case):
    """As if each had been given gradients of which the norm of all is clipped."""
    params, others = tree(np.float64), tree(np.float64)
    optimizer = MultiOptimizer(KINDS[case](), global_clipnorm=0.5)
    optimizer.build(params)
    parts = [
        (member, {n: others[n] for n in names}) for member, names in parts_of(KINDS[case](), params)
    ]
    for seed in range(3):
        grads = grads_of(params, seed)
        norm = np.sqrt(sum(np.sum(g * g) for g in grads.values()))
        optimizer.apply(grads)
        assert optimizer.gradient_norm == pytest.approx(norm, rel=1e-12)
        for member, own in parts:
            member.apply({name: grads[name] * min(1, 0.5 / norm) for name in own}, own)
    for one, other in zip(leaves(params), leaves(others), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


EVERYTHING = {
    "global_clipnorm": 0.5,
    "use_ema": True,
    "ema_momentum": 0.5,
    "ema_overwrite_frequency": 2,
    "gradient_accumulation_steps": 2,
    "loss_scale_factor": 4.0,
}


@pytest.mark.parametrize("kind", [AdamW, Nadam, Lamb, Muon, Adafactor, SGD])
def test_equal_members_are_one_optimizer(kind):
    params, others = tree(), tree()
    pairs = [("kernel", kind(0.1)), ("bias", kind(0.1)), ("", kind(0.1))]
    optimizer = train(MultiOptimizer(pairs, **EVERYTHING), params, 7)
    alone = train(kind(0.1, **EVERYTHING), others, 7)
    assert_same_bits(leaves(params), leaves(others))
    assert_same_bits(leaves(optimizer.state), leaves(alone.state))
    assert (optimizer.iterations, optimizer.calls) == (alone.iterations, alone.calls) == (3, 7)
    assert optimizer.gradient_norm == alone.gradient_norm
    with optimizer.averaged(), alone.averaged():
        assert_same_bits(leaves(params), leaves(others))


def test_an_optimizer_that_is_not_the_same_would_be_seen():
    params, others = tree(), tree()
    train(MultiOptimizer([("kernel", Adam(0.1)), ("", Adam(0.1000001))]), params)
    train(Adam(0.1), others)
    assert_same_bits([params["head/kernel"]], [others["head/kernel"]])
    with pytest.raises(AssertionError):
        assert_same_bits(leaves(params), leaves(others))


BATCHES: dict[str, tuple[dict[str, Any], int]] = {
    "other numbers": ({"kernel": Adam(0.1), "": Adam(0.01, 0.5, epsilon=0.1)}, 1),
    "decay in one": ({"kernel": Adam(weight_decay=0.1), "": Adam()}, 1),
    "schedules": ({"kernel": Adam(schedules.CosineDecay(0.1, 9)), "": Adam(lambda: 0.1)}, 1),
    "other rules": ({"kernel": Adam(amsgrad=True), "": Adam()}, 2),
    "other kinds": ({"kernel": Adam(), "bias": SGD(), "": Lamb()}, 3),
    "other stages": ({"kernel": Adam(cautious=True), "": Adam()}, 2),
    "frozen": ({"kernel": Adam(), "": None}, 1),
}


@pytest.mark.parametrize("case", BATCHES)
def test_members_of_one_kind_are_one_batch(case):
    pairs, count = BATCHES[case]
    optimizer = train(MultiOptimizer({c: m and m.replace() for c, m in pairs.items()}), tree(), 1)
    assert len(optimizer.session.plans) == count


def test_some_parameters_alone_may_be_updated():
    params = tree()
    optimizer = MultiOptimizer({"kernel": Adam(0.1), "norm": None, "": Nadam(0.1)})
    optimizer.build(params)
    grads = grads_of(params, 0)
    names = ("head/kernel", "block/bias", "norm/scale")
    assert optimizer.apply_gradients([(grads[n], params[n]) for n in names]) == 1
    assert moved(params) == {"head/kernel", "block/bias"}


# -- numbers --------------------------------------------------------------------------------------


def test_a_schedule_of_a_member_looks_at_calls():
    seen: dict[str, list[int]] = {"kernel": [], "": []}

    def note(name: str) -> Callable[[int], float]:
        return lambda step: seen[name].append(step) or 0.1

    optimizer = MultiOptimizer(
        {name: Adam(note(name)) for name in seen}, gradient_accumulation_steps=3
    )
    train(optimizer, tree(), 7)
    assert seen == {"kernel": list(range(7)), "": list(range(7))}
    assert (optimizer.iterations, optimizer.calls) == (2, 7)


def test_a_members_numbers_may_change_after_build_and_count_at_the_next_step():
    params, others = tree(), tree()
    first, second = Adam(0.1), Adam(0.01)
    optimizer = train(MultiOptimizer({"kernel": first, "": second}), params, 2)
    first.learning_rate, second.beta_1 = 0.5, 0.5
    train(optimizer, params, 2, first=2)
    rates, betas = iter([0.1, 0.1, 0.5, 0.5]), iter([0.9, 0.9, 0.5, 0.5])
    changing = [Adam(lambda: next(rates)), Adam(0.01, lambda: next(betas))]
    train(MultiOptimizer(dict(zip(["kernel", ""], changing, strict=True))), others, 4)
    assert_same_bits(leaves(params), leaves(others))


def counted(calls: list[str], name: str, value: float) -> Callable[[], float]:
    """A callable that notes each call."""
    return lambda: calls.append(name) or value


def test_callables_are_called_once_in_each_call():
    """Whoever has them, and whatever is handed on between updates."""
    calls: list[str] = []
    limit: Any = counted(calls, "limit", 1.0)
    pairs = {
        "kernel": Nadam(counted(calls, "rate", 0.1), counted(calls, "beta", 0.9)),
        "": Adam(counted(calls, "other rate", 0.1)),
    }
    inside = MultiOptimizer(pairs, clipnorm=limit, gradient_accumulation_steps=2)
    names = ["beta", "limit", "other rate", "rate"]
    for optimizer in (inside.replace(), LossScaleOptimizer(inside.replace())):
        calls.clear()
        train(optimizer, tree(), 4)
        assert sorted(calls) == sorted(names * 4)


def test_a_callable_that_fails_changes_nothing():
    fail = [False]

    def beta() -> float:
        if fail[0]:
            raise KeyError("from the user")
        return 0.9

    params = tree()
    optimizer = train(MultiOptimizer({"kernel": Nadam(0.1), "": Nadam(0.1, beta)}), params)
    before = everything(optimizer, params)
    fail[0] = True
    with pytest.raises(KeyError, match="from the user"):
        train(optimizer, params, 1)
    assert everything(optimizer, params) == before


def test_a_member_may_hand_on_numbers_without_having_any():
    class Alternating(Optimizer):
        remembered = {"sign": -1.0}

        @staticmethod
        def prepare(sign):
            return {"sign": -sign}

        @staticmethod
        def update(p, g, /, *, sign):
            return p - sign * g

    params, before = tree(), tree()
    optimizer = MultiOptimizer({"": Alternating()})
    ones = {name: np.ones(s, np.float32) for name, s in SHAPES.items()}
    for sign in (1, -1, 1):
        optimizer.apply(ones, params)
        assert optimizer.built
        assert [float(a) for a in optimizer.session.remembered.values()] == [sign]
    np.testing.assert_allclose(params["embedding"], before["embedding"] - 1, rtol=1e-6)


def test_the_rate_is_that_of_the_first_member_and_variables_have_all():
    first, second = Adam(0.1), SGD(schedules.ExponentialDecay(0.2, 2, 0.5))
    optimizer = train(MultiOptimizer({"kernel": first, "": second}, name="several"), tree(), 2)
    assert optimizer.learning_rate == 0.1
    optimizer.learning_rate = 0.3
    assert (first.learning_rate, optimizer.rate_at(5)) == (0.3, 0.3)
    assert optimizer.variables["several/learning_rate/0"] == 0.3
    assert optimizer.variables["several/learning_rate/1"] == pytest.approx(0.1)
    assert "several/m/head/kernel" in optimizer.variables


CHANGES: dict[str, tuple[Callable[[MultiOptimizer], Any], type[AdamasError], str]] = {
    "another rule": (lambda o: setattr(adam(o), "amsgrad", True), StateError, "amsgrad"),
    "a rule by a number": (lambda o: setattr(sgd(o), "momentum", 0.5), StateError, "momentum"),
    "decay switched on": (lambda o: setattr(adam(o), "weight_decay", 0.1), StateError, "weight_"),
    "decay switched off": (lambda o: setattr(sgd(o), "weight_decay", None), StateError, "weight_"),
    "a clip of a member": (
        lambda o: setattr(adam(o), "clipnorm", 1.0),
        StateError,
        "clipnorm belongs to the optimizer",
    ),
    "an average of a member": (lambda o: setattr(adam(o), "use_ema", True), StateError, "use_ema"),
    "an exclusion of a member": (
        lambda o: adam(o).exclude_from_weight_decay(var_names=["x"]),
        StateError,
        "outer",
    ),
    "an exclusion after build": (
        lambda o: o.exclude_from_weight_decay(var_names=["x"]),
        StateError,
        "before build",
    ),
    "decay of all": (
        lambda o: setattr(o, "weight_decay", 0.1),
        ConfigurationError,
        "MultiOptimizer has no weight_decay of its own",
    ),
    "caution of all": (
        lambda o: setattr(o, "cautious", True),
        ConfigurationError,
        "no cautious of its own",
    ),
    "other members": (lambda o: setattr(o, "optimizers", {"": Adam()}), StateError, "optimizers"),
    "a number that nobody has": (lambda o: setattr(o, "beta_1", 0.5), ArgumentError, "beta_1"),
    "switching a clip on": (lambda o: setattr(o, "clipnorm", 1.0), StateError, "clipnorm"),
}


def adam(optimizer: MultiOptimizer) -> Any:
    return next(optimizer.inner())


def sgd(optimizer: MultiOptimizer) -> Any:
    return list(optimizer.inner())[1]


@pytest.mark.parametrize("case", CHANGES)
def test_what_decides_the_step_is_fixed_and_a_refusal_changes_nothing(case):
    change, kind, words = CHANGES[case]
    params, others = tree(), tree()

    def make() -> MultiOptimizer:
        return MultiOptimizer({"kernel": Adam(), "": SGD(weight_decay=0.1)}, global_clipnorm=1.0)

    optimizer, twin = train(make(), params), train(make(), others)
    before = everything(optimizer, params)
    with pytest.raises(kind, match=words):
        change(optimizer)
    assert everything(optimizer, params) == before
    assert everything(train(optimizer, params), params) == everything(train(twin, others), others)


def test_a_number_of_the_whole_step_may_change():
    params = tree()
    optimizer = train(MultiOptimizer({"": Adam(0.1)}, global_clipnorm=1.0), params)
    others, twin = tree(), Adam(0.1, global_clipnorm=1.0)
    train(twin, others)
    for one in (optimizer, twin):
        one.global_clipnorm = 0.1
        one.nonfinite = "skip"
    train(optimizer, params)
    train(twin, others)
    assert_same_bits(leaves(params), leaves(others))


REFUSED: dict[str, tuple[Callable[[], Any], type[AdamasError], str]] = {
    "nothing": (MultiOptimizer, ArgumentError, "needs optimizers"),
    "no pairs": (lambda: MultiOptimizer({}), ArgumentError, "at least one"),
    "no optimizer": (lambda: MultiOptimizer({"": "adam"}), ArgumentError, "takes optimizers"),
    "a class": (lambda: MultiOptimizer({"": Adam}), ArgumentError, "takes optimizers"),
    "no pair": (lambda: MultiOptimizer([Adam()]), ArgumentError, "pairs"),
    "no pattern": (lambda: MultiOptimizer([(1, Adam())]), ArgumentError, "pattern"),
    "half a pattern": (lambda: MultiOptimizer({"(": Adam()}), ConfigurationError, "regular"),
    "a clip inside": (
        lambda: MultiOptimizer({"": Adam(clipnorm=1.0)}),
        ConfigurationError,
        "clipnorm is for all parameters together: set it on the MultiOptimizer",
    ),
    "a policy inside": (
        lambda: MultiOptimizer({"": Adam(nonfinite="skip")}),
        ConfigurationError,
        "nonfinite",
    ),
    "accumulation inside": (
        lambda: MultiOptimizer({"": Adam(gradient_accumulation_steps=2)}),
        ConfigurationError,
        "gradient_accumulation_steps",
    ),
    "a loss scale inside": (
        lambda: MultiOptimizer({"": LossScaleOptimizer(Adam())}),
        ConfigurationError,
        "loss_scale_factor",
    ),
    "decay": (lambda: MultiOptimizer({"": Adam()}, weight_decay=0.1), ConfigurationError, "decay"),
    "caution": (
        lambda: MultiOptimizer({"": Adam()}, cautious=True),
        ConfigurationError,
        "cautious",
    ),
    "independent decay": (
        lambda: MultiOptimizer({"": Adam()}, independent_weight_decay=True),
        ConfigurationError,
        "independent_weight_decay",
    ),
    "going up": (
        lambda: MultiOptimizer({"": Adam()}, maximize=True),
        ConfigurationError,
        "maximize",
    ),
    "two clips": (
        lambda: MultiOptimizer({"": Adam()}, clipnorm=1.0, clipvalue=1.0),
        ConfigurationError,
        "At most one",
    ),
    "an unknown argument": (
        lambda: MultiOptimizer({"": Adam()}, global_clip=1.0),  # type: ignore[call-arg]
        ArgumentError,
        "global_clipnorm",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_at_construction(case):
    make, kind, words = REFUSED[case]
    with pytest.raises(kind, match=words):
        make()


def test_an_optimizer_is_wrapped_once_and_before_build():
    member, built = Adam(), Adam()
    MultiOptimizer({"a": member, "b": member})
    built.build([np.ones(3)])
    for wrong in (member, built):
        with pytest.raises(StateError, match="replace"):
            MultiOptimizer({"": wrong})
        MultiOptimizer({"": wrong.replace()})


# -- decay and averages ---------------------------------------------------------------------------


def decayed(optimizer: Any, params: dict[str, np.ndarray]) -> set[str]:
    """The names of parameters that shrink under zero gradients."""
    optimizer.build(params)
    optimizer.apply({name: np.zeros_like(p) for name, p in params.items()})
    return moved(params)


def excluding() -> tuple[MultiOptimizer, dict[str, np.ndarray]]:
    """Exclusions of all kinds, by the whole and by a member."""
    params = tree()
    member = AdamW(0.5, 0.5)
    member.exclude_from_weight_decay(var_names=["scale"], var_list=[params["head/kernel"]])
    optimizer = MultiOptimizer({"block": AdamW(0.5, 0.5), "shift": SGD(0.5), "": member})
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer, params


COPIES: dict[str, Callable[[Any], Any]] = {
    "itself": lambda o: o,
    "config": lambda o: type(o).from_config(json.loads(json.dumps(o.get_config()))),
    "serialize": lambda o: adamas.deserialize(json.loads(json.dumps(adamas.serialize(o)))),
    "replace": lambda o: o.replace(),
    "pickle": lambda o: pickle.loads(pickle.dumps(o)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
def test_parameters_decay_unless_the_whole_or_their_member_excludes_them(way):
    optimizer, params = excluding()
    if way == "itself":
        assert decayed(optimizer, params) == {"embedding", "block/kernel"}
        return
    optimizer.build(params)
    copied = COPIES[way](optimizer)
    assert decayed(copied, tree()) == {"embedding", "block/kernel"}


def test_an_array_that_a_member_excludes_must_be_a_parameter():
    member = AdamW()
    member.exclude_from_weight_decay(var_list=[np.ones(3)])
    with pytest.raises(StructureError, match="among the parameters"):
        MultiOptimizer({"": member}).build(tree())


def test_averages_of_one_member_leave_the_parameters_of_the_others():
    params, others = tree(), tree()
    optimizer = train(MultiOptimizer({"kernel": ScheduleFreeAdamW(0.1), "": Adam(0.1)}), params)
    alone = ScheduleFreeAdamW(0.1)
    own = {name: others[name] for name in ("block/kernel", "head/kernel")}
    train(alone, own)
    before = picture(optimizer, params)
    with optimizer.averaged(), alone.averaged():
        for name in own:
            assert_same_bits([params[name]], [own[name]])
        assert [bits(params["embedding"])] == [before[3][0]]
        inside = picture(optimizer, params)
    assert inside != before
    assert picture(optimizer, params) == before
    optimizer.finalize_variable_values()
    assert picture(optimizer, params) == inside


# -- inside each other ----------------------------------------------------------------------------


def nested() -> MultiOptimizer:
    """Three members, two of them one deeper."""
    inside = MultiOptimizer({"kernel": Nadam(0.1), "embedding": None, "": SGD(0.2, momentum=0.5)})
    return MultiOptimizer({"bias": Lamb(0.3), "": inside}, global_clipnorm=0.5)


def flat() -> MultiOptimizer:
    """The same without nesting."""
    pairs = {"bias": Lamb(0.3), "kernel": Nadam(0.1), "embedding": None, "": SGD(0.2, momentum=0.5)}
    return MultiOptimizer(pairs, global_clipnorm=0.5)


def test_one_may_be_inside_another():
    params, others = tree(), tree()
    one, two = train(nested(), params), train(flat(), others)
    assert_same_bits(leaves(params), leaves(others))
    assert one.gradient_norm == two.gradient_norm
    assert "embedding" not in moved(params)


# -- copies and files -----------------------------------------------------------------------------

MAKERS: dict[str, Callable[[], MultiOptimizer]] = {
    **{
        name: (lambda make=make: MultiOptimizer(make(), use_ema=True))
        for name, make in KINDS.items()
    },
    "nested": nested,
    "all": lambda: MultiOptimizer(KINDS["what is remembered"](), **EVERYTHING, name="all"),
}
NO_CONFIGURATION = "rates that change"


@pytest.mark.parametrize("way", [way for way in COPIES if way != "itself"])
@pytest.mark.parametrize("case", [case for case in MAKERS if case != NO_CONFIGURATION])
def test_a_copy_has_the_same_configuration_and_trains_alike(case, way):
    optimizer = MAKERS[case]()
    copied = COPIES[way](optimizer)
    assert copied.get_config() == optimizer.get_config()
    assert repr(copied) == repr(optimizer)
    params, others = tree(), tree()
    train(optimizer, params, 3)
    train(copied, others, 3)
    assert everything(optimizer, params) == everything(copied, others)


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "file"])
@pytest.mark.parametrize("case", [case for case in MAKERS if case != NO_CONFIGURATION])
def test_a_state_goes_on_bit_for_bit(case, way, tmp_path):
    """In the middle of an accumulation, where there is one."""
    params = tree()
    optimizer = train(MAKERS[case](), params, 3)
    others = {name: p.copy() for name, p in params.items()}
    if way == "file":
        optimizer.save(tmp_path / "state")
        copied = MAKERS[case]()
        copied.build(others)
        copied.load(tmp_path / "state")
    else:
        copied = COPIES[way](optimizer)
        copied.build(others)
    assert_same_bits(leaves(optimizer.state), leaves(copied.state))
    assert (copied.iterations, copied.calls) == (optimizer.iterations, optimizer.calls)
    train(optimizer, params, 3, first=3)
    train(copied, others, 3, first=3)
    assert everything(optimizer, params) == everything(copied, others)


def test_what_has_no_configuration_says_so_and_is_saved_all_the_same(tmp_path):
    """Files note functions by name."""
    for pairs in ([(by_axes(2), Adam()), ("", SGD())], {"": Adam(lambda: 0.1)}):
        params = tree()
        optimizer = train(MultiOptimizer(pairs), params)
        with pytest.raises(ConfigurationError, match="function|callable"):
            optimizer.get_config()
        optimizer.save(tmp_path / "state")
        copied, others = optimizer.replace(), {name: p.copy() for name, p in params.items()}
        copied.build(others)
        copied.load(tmp_path / "state")
        train(optimizer, params)
        train(copied, others)
        assert everything(optimizer, params) == everything(copied, others)


def test_replacing_copies_the_members_and_keeps_which_are_one():
    shared = Nadam(0.1)
    optimizer = MultiOptimizer([("kernel", shared), ("bias", None), ("", shared)])
    copied = optimizer.replace(global_clipnorm=1.0)
    (member,) = copied.inner()
    assert member is not shared
    assert member.get_config() == shared.get_config()
    assert (optimizer.global_clipnorm, copied.global_clipnorm) == (None, 1.0)


def test_a_state_of_another_division_is_refused_and_changes_nothing(tmp_path):
    train(MultiOptimizer({"kernel": Adam(), "": SGD()}), tree()).save(tmp_path / "state")
    optimizer = train(MultiOptimizer({"bias": Adam(), "": SGD()}), tree())
    before = everything(optimizer)
    with pytest.raises(AdamasError, match="m/block/bias"):
        optimizer.load(tmp_path / "state")
    assert everything(optimizer) == before


# -- what is not finite ---------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_is_found_in_any_member():
    for name in SHAPES:
        params = tree()
        optimizer = MultiOptimizer(KINDS["matrices"](), nonfinite="raise", use_ema=True)
        train(optimizer, params, 2)
        before = everything(optimizer, params)
        grads = grads_of(params, 9)
        grads[name].reshape(-1)[0] = np.inf
        with pytest.raises(NonFiniteError, match=f"'{name}'"):
            optimizer.apply(grads)
        assert everything(optimizer, params) == before


# -- what it costs --------------------------------------------------------------------------------


def test_the_explanation_has_a_part_for_each_plan_and_what_is_frozen():
    pairs: list[Any] = [(by_axes(2), AdamW()), ("norm/scale", None), (lambda n, s: True, SGD())]
    told = explanation.explain(MultiOptimizer(pairs, global_clipnorm=1.0), SHAPES)
    assert [(part.rule, part.tensors) for part in told.parts] == [
        ("Adam.update", 3),
        ("SGD.update", 2),
    ]
    assert [part.bytes for part in told.parts] == [4 + 28, 4 + 12]
    assert told.frozen == ("norm/scale",)
    assert told.decayed == ("embedding", "block/kernel", "head/kernel")
    assert told.arguments == {"global_clipnorm": 4}
    assert told.weights == 18 + 15 + 37 + 1 + 10


def test_a_member_is_an_optimizer_of_ones_own_as_well():
    class Mine(Optimizer):
        learning_rate: adamas.Rate = 0.1

        @staticmethod
        def update(p, g, n, /, *, learning_rate):
            n = n + np.sum(g * g)
            return p - learning_rate * g / np.sqrt(n), n

    params, others = tree(), tree()
    optimizer = train(MultiOptimizer({"kernel": Mine(), "": Adam()}), params)
    own = {name: others[name] for name in ("block/kernel", "head/kernel")}
    alone = train(Mine(), own)
    for name in own:
        assert_same_bits([params[name]], [own[name]])
        assert_same_bits([optimizer.state["n"][name]], [alone.state["n"][name]])


def test_frozen_parameters_cause_no_warning_before_the_first_gradient():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        params = tree()
        optimizer = MultiOptimizer({"^norm": None, "": Adam()})
        optimizer.apply({**grads_of(params, 0), "norm/scale": None, "norm/shift": None}, params)
