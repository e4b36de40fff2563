"""Every optimizer as JAX runs it is the one that NumPy runs, in float32 and in float64."""

from typing import Any

import pytest

from family import CROSSED, FAMILY, conventions_of, kind_of, make_wrong

jax = pytest.importorskip("jax")

from jax_cases import check_against_numpy  # noqa: E402

CASES = [
    (name, convention, variant)
    for name, member in FAMILY.items()
    if name in CROSSED
    for convention in conventions_of(name)
    for variant in range(len(member.variants))
]


def make(name: str, convention: str = "keras", variant: int = 0, **arguments: Any) -> Any:
    """One of the family, with the arguments of a variant.

    Those that find their rate begin at once, with a factor of it as in use: else weights are off
    from where they began by a few roundings, and sums of that over all tensors are nothing else.
    """
    member = FAMILY[name]
    rate = member.rate if member.begun else 0.05
    own = {"learning_rate": rate, **member.begun, **member.variants[variant], **arguments}
    return kind_of(name)(convention=convention, **own)


@pytest.mark.parametrize(("name", "convention", "variant"), CASES)
def test_steps_are_those_of_numpy_in_float32(name, convention, variant):
    ours, theirs = (make(name, convention, variant) for _ in range(2))
    check_against_numpy(ours, theirs)


# What they remember is divided by √(1 − β₂ᵗ), of which NumPy's float64 has 13 digits for a β₂ of
# 0.999, and all of them for this one.
CORRECTED = dict.fromkeys(("DAdaptAdam", "LaProp"), {"beta_2": 0.9})


@pytest.mark.parametrize("name", FAMILY)
def test_steps_are_those_of_numpy_in_float64(name):
    own = CORRECTED.get(name, {})
    with jax.enable_x64(True):
        check_against_numpy(make(name, **own), make(name, **own), dtype="float64")


@pytest.mark.parametrize("name", CROSSED)
def test_a_wrong_rule_is_noticed(name):
    wrong = FAMILY[name].wrong[0]
    kind, right = make_wrong(name, wrong), kind_of(name)
    # Where epsilon stands does not show in float32 if it is next to nothing.
    seen = {"epsilon": 0.01} if "epsilon" in right.numbers() else {}
    arguments = {"convention": wrong.seen[0], "learning_rate": 0.05, **seen, **wrong.arguments}
    with pytest.raises(AssertionError):
        check_against_numpy(kind(**arguments), right(**arguments))
