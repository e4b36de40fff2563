"""What is no finite number is refused in words, whichever way it comes."""

import contextlib
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pytest
import torch

import adamas
import adamas.jax
import adamas.keras
import adamas.torch
from adamas.errors import AdamasError, ConfigurationError
from adamas.fields.ranges import LARGEST
from adamas.serialization import deserialize

ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


def deep(value: Any) -> Any:
    for _ in range(100_000):
        value = [value]
    return value


class Silent:
    """An object that is asked for a number in vain."""

    def __float__(self) -> float:
        raise RuntimeError("no")


TOO_LARGE = {
    "infinity": math.inf,
    "a large whole number": 10**400,
    "one of thousands of digits": 10**5000,
    "a negative one": -(10**400),
    "a large fraction": Fraction(10**400),
    "a wide float": np.longdouble("1e4000") if np.finfo(np.longdouble).max > 1e308 else np.inf,
    "an array": np.array(np.inf),
    "a tensor": torch.tensor(math.inf),
}
NO_NUMBERS = {
    "nan": math.nan,
    "a signalling nan": Decimal("sNaN"),
    "a text": "0.1",
    "a flag": True,
    "a complex number": 0.1j,
    "a narrow complex number": np.complex64(0.1),
    "a vector": np.array([0.1, 0.2]),
    "an object in an array": np.array(0.1, object),
    "a time": np.timedelta64(1, "s"),
    "an object": object(),
    "a silent object": Silent(),
    "what holds itself": ENDLESS,
    "what is deep": deep(0.1),
}
REFUSED = {**TOO_LARGE, **NO_NUMBERS}
NUMBERS = [Fraction(1, 8), Decimal("0.125"), np.longdouble(0.125), np.array(0.125), 0.125]

ONES = np.ones(2, np.float32)


def constructed(**given):
    params = [ONES.copy()]
    optimizer = adamas.Adam(**given)
    optimizer.apply([ONES], params)
    optimizer.get_config(strict=False)
    return params[0]


def set_later(**given):
    params = [ONES.copy()]
    optimizer = adamas.Adam()
    optimizer.build(params)
    for name, value in given.items():
        setattr(optimizer, name, value)
    optimizer.apply([ONES])
    return params[0]


def called(**given):
    return constructed(**{name: lambda value=value: value for name, value in given.items()})


def from_config(**given):
    return deserialize({"class_name": "Adam", "config": given})


def functional(**given):
    step = adamas.jax.functional(adamas.Adam(**given))
    params = {"a": jnp.ones(2)}
    return step.apply(params, step.init(params), params)[0]["a"]


def given_to_a_call(**given):
    step = adamas.jax.functional(adamas.Adam())
    params = {"a": jnp.ones(2)}
    return step.apply(params, step.init(params), params, **given)[0]["a"]


def group(**given):
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = adamas.torch.wrap(adamas.Adam)([{"params": [weight], **given}], convention="keras")
    weight.grad = torch.ones(2)
    optimizer.step()
    return weight.detach()


def written_into_a_group(**given):
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = adamas.torch.wrap(adamas.Adam)([weight], convention="keras")
    weight.grad = torch.zeros(2)
    optimizer.step()
    words = {"learning_rate": "lr", "epsilon": "eps"}
    optimizer.param_groups[0].update({words[name]: value for name, value in given.items()})
    weight.grad = torch.ones(2)
    optimizer.step()
    return weight.detach()


def keras_built(**given):
    variable = keras.Variable(ONES)
    optimizer = adamas.keras.Adam(**given)
    optimizer.build([variable])
    optimizer.apply([keras.ops.ones(2)])
    return keras.ops.convert_to_numpy(variable)


def keras_set(**given):
    variable = keras.Variable(ONES)
    optimizer = adamas.keras.Adam()
    optimizer.build([variable])
    for name, value in given.items():
        setattr(optimizer, name, value)
    optimizer.apply([keras.ops.ones(2)])
    return keras.ops.convert_to_numpy(variable)


def is_refused(door, **given):
    try:
        door(**given)
    except AdamasError:
        return True
    return False


DOORS = (
    *(constructed, set_later, called, from_config, functional, given_to_a_call),
    *(group, written_into_a_group, keras_built, keras_set),
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_what_is_no_finite_number_is_refused_in_words(door):
    for name in ("learning_rate", "epsilon"):
        taken = [what for what, value in REFUSED.items() if not is_refused(door, **{name: value})]
        assert taken == [], name


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_number_of_any_kind_is_one(door):
    if door is not from_config:
        expected = door(learning_rate=0.125)
        for number in NUMBERS:
            np.testing.assert_array_equal(door(learning_rate=number), expected)


def may_be(field, what):
    """Whether a field may have one of these values all the same."""
    if field.is_number:
        return field.range.endless and what in TOO_LARGE and "negative" not in what
    return what == "a text" if field.kind.name == "text" else what == "a flag"


@pytest.mark.parametrize("kind", adamas.optimizers.WITH_RULES, ids=lambda kind: kind.__name__)
def test_every_field_of_every_optimizer_says_what_it_may_be(kind):
    for name, field in kind.fields.items():
        for what, value in REFUSED.items():
            refused = is_refused(kind, **{name: value})
            assert refused or may_be(field, what), f"{name} is {what}"


@pytest.mark.parametrize("name", adamas.schedules.registry())
def test_every_argument_of_every_schedule_says_what_it_may_be(name):
    kind = adamas.schedules.registry()[name]
    for argument in kind.fields:
        for value in REFUSED.values():
            with contextlib.suppress(AdamasError):
                adamas.schedules.deserialize({"class_name": name, "config": {argument: value}})


def test_whole_numbers_are_those_that_counters_hold():
    with pytest.raises(ConfigurationError, match=f"at most {LARGEST}"):
        adamas.Adam(gradient_accumulation_steps=LARGEST + 1)


def test_a_limit_that_limits_nothing_may_be_infinite():
    np.testing.assert_array_equal(constructed(global_clipnorm=math.inf), constructed())


ENDLESS_TREES = {
    "built": lambda tree: adamas.Adam().build(tree),
    "stepped": lambda tree: adamas.Adam().apply([ONES], tree),
    "gradients": lambda tree: adamas.Adam().apply(tree, [ONES.copy()]),
    "pairs": lambda tree: adamas.Adam().apply_gradients(tree),
    "jax": lambda tree: adamas.jax.functional(adamas.Adam()).init(tree),
    "members": lambda tree: adamas.MultiOptimizer(tree),
    "a description": lambda tree: deserialize(tree),
    "a configuration": lambda tree: deserialize({"class_name": "Adam", "config": {"name": tree}}),
}


@pytest.mark.parametrize("door", ENDLESS_TREES)
def test_a_tree_without_an_end_is_refused_in_words(door):
    for tree in (ENDLESS, deep(ONES)):
        with pytest.raises(AdamasError):
            ENDLESS_TREES[door](tree)


def test_a_description_without_an_end_is_refused_in_words():
    description: Any = {"class_name": "LossScaleOptimizer", "config": {}}
    description["config"]["inner_optimizer"] = description
    with pytest.raises(ConfigurationError, match="nested"):
        deserialize(description)
    kind = next(n for n, k in adamas.schedules.registry().items() if "schedule" in k.fields)
    warm = {"class_name": kind, "config": {}}
    warm["config"]["schedule"] = warm
    with pytest.raises(ConfigurationError, match="nested"):
        adamas.schedules.deserialize(warm)
