"""Exclusions from weight decay are a value: compared, extended, resolved, written and read."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

import adamas
from adamas.errors import ArgumentError, ConfigurationError, StructureError
from adamas.exclusions import Exclusions

ONE, OTHER = np.ones(2), np.ones(2)
MADE = Exclusions().excluding([ONE], ["bias", "^norm"])


@pytest.mark.parametrize(
    ("name", "array", "decays"),
    [
        ("layer/bias", OTHER, False),
        ("norm/scale", OTHER, False),
        ("layer/norm", OTHER, True),
        ("kernel", OTHER, True),
        ("kernel", ONE, False),
    ],
)
def test_a_parameter_decays_unless_its_name_or_itself_is_excluded(name, array, decays):
    assert MADE.decays(name, array) is decays


def test_a_whole_name_is_no_pattern():
    assert Exclusions(names=("a",)).decays("ab", ONE)
    assert not Exclusions(names=("a",)).decays("a", ONE)


def test_excluding_gives_a_new_value_and_changes_none():
    assert Exclusions().excluding(None, ["bias"]).patterns == ("bias",)
    assert Exclusions().patterns == ()
    assert MADE.excluding(None, ["x"]).patterns == ("bias", "^norm", "x")
    with pytest.raises(FrozenInstanceError):
        MADE.patterns = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ((None, "bias"), ArgumentError, "var_names must be a list of patterns. Got: 'bias'."),
        ((ONE, None), ArgumentError, "var_list must be a list of arrays. Got: a single array."),
        ((None, ["("]), ConfigurationError, "var_names must be regular expressions. Got: '('"),
    ],
)
def test_what_cannot_be_excluded_is_refused(arguments, kind, text):
    with pytest.raises(kind) as caught:
        Exclusions().excluding(*arguments)
    assert str(caught.value).startswith(text)


def test_arrays_become_names_once_the_parameters_are_known():
    resolved = MADE.resolved([("a", OTHER), ("b", ONE)])
    assert resolved == Exclusions(("bias", "^norm"), ("b",))
    assert not resolved.decays("b", OTHER)
    with pytest.raises(StructureError, match="must be among the parameters"):
        MADE.resolved([("a", OTHER)])
    assert MADE.named([("a", OTHER)]) == Exclusions(("bias", "^norm"))


def test_json_holds_names_and_patterns_and_no_arrays():
    assert Exclusions().to_json() == {}
    content = MADE.resolved([("b", ONE)]).to_json()
    assert content == {"patterns": ["bias", "^norm"], "names": ["b"]}
    assert Exclusions.from_json(content).to_json() == content
    with pytest.raises(ConfigurationError, match="have no names before build"):
        MADE.to_json()


def test_two_are_the_same_if_they_exclude_the_very_same_arrays():
    assert Exclusions().excluding([ONE]) == Exclusions().excluding([ONE])
    assert Exclusions().excluding([ONE]) != Exclusions().excluding([OTHER])
    assert len({Exclusions().excluding([ONE]), Exclusions().excluding([ONE])}) == 1


def test_a_copy_of_an_optimizer_has_the_same_exclusions_and_its_own_further_ones():
    optimizer = adamas.Adam(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    copy = optimizer.replace()
    copy.exclude_from_weight_decay(var_names=["norm"])
    assert optimizer.exclusions == Exclusions(("bias",))
    assert copy.exclusions == Exclusions(("bias", "norm"))
