"""Fields say what they are: kinds from annotations, owners, structure, and one system for all."""

import types
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Literal, NewType, Optional

import numpy as np
import pytest

import adamas
from adamas import schedules
from adamas.description import Description
from adamas.errors import ArgumentError, ConfigurationError, RuleError, StateError
from adamas.fields import FLAG, NUMBER, TEXT, TEXTS, WHOLE, Choice, kind_of
from adamas.language.rule import STEPS_OWN


class Mode(Enum):
    SLOW = "slow"
    FAST = "fast"


Beta = NewType("Beta", float)

KINDS: dict[Any, Any] = {
    "float": (float, NUMBER),
    "float or None": (float | None, NUMBER),
    "Optional": (Optional[float], NUMBER),  # noqa: UP045
    "int": (int, WHOLE),
    "int or float": (int | float, NUMBER),
    "a number of NumPy": (np.float32, NUMBER),
    "an array": (np.ndarray, NUMBER),
    "a callable": (Callable[[], float], NUMBER),
    "Hyperparameter": (adamas.Hyperparameter, NUMBER),
    "a new type": (Beta, NUMBER),
    "bool": (bool, FLAG),
    "bool or None": (bool | None, FLAG),
    "str": (str, TEXT),
    "str or None": (str | None, TEXT),
    "Sequence": (Sequence[str], TEXTS),
    "tuple": (tuple[str, ...], TEXTS),
    "list": (list[str], TEXTS),
    "Literal": (Literal["a", "b"], Choice(("a", "b"))),
    "Literal with None": (Literal["a", None], Choice(("a",))),
    "Literals": (Literal["a"] | Literal["b"], Choice(("a", "b"))),
    "Enum": (Mode, Choice((Mode.SLOW, Mode.FAST))),
    "Enum or None": (Mode | None, Choice((Mode.SLOW, Mode.FAST))),
    "anything": (Any, None),
    "a dictionary": (dict[str, float], None),
    "complex": (complex, None),
    "numbers": (Sequence[float], None),
    "a number or a flag": (float | bool, None),
    "a text or a number": (str | float, None),
    "None alone": (None, None),
    "no type": (3, None),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_of_a_field_is_that_of_its_annotation(name):
    annotation, kind = KINDS[name]
    assert kind_of(annotation) == kind


def rule(**body: Any) -> Any:
    """The body of a class with one rule, and annotated fields: annotation, default."""
    fields = {name: value for name, value in body.items() if isinstance(value, tuple)}
    return {
        "__annotations__": {name: annotation for name, (annotation, _) in fields.items()},
        **{name: default for name, (_, default) in fields.items()},
        "update": staticmethod(lambda p, g, /: p - g),
    }


def made(**body: Any) -> Any:
    return types.new_class("Made", (adamas.Optimizer,), {}, lambda ns: ns.update(rule(**body)))


@pytest.mark.parametrize("annotation", [Any, dict, complex, Sequence[float], 3, float | bool])
def test_an_annotation_that_cannot_be_understood_is_refused_where_the_class_is_written(annotation):
    with pytest.raises(RuleError) as caught:
        made(what=(annotation, 0.0))
    text = str(caught.value)
    assert text.startswith("Made.what must be declared as a number, a flag, texts or a choice.")
    assert repr(annotation) in text
    assert "Literal['a', 'b']" in text


VALUES: list[tuple[Any, Any, Any, Any]] = [
    # annotation, default, what is taken and what it is then, what is refused
    (bool | None, None, {True: True, None: None, np.True_: True}, [1, "yes"]),
    (bool, False, {True: True}, [None, 0.0]),
    (str | None, None, {"a": "a", None: None}, [1.0]),
    (Literal["a", "b"], "a", {"b": "b"}, ["c", None, 1]),
    (Literal["a", None], None, {"a": "a", None: None}, ["b"]),
    (Literal[1, 2], 1, {2: 2}, [True, 3]),
    (Mode, Mode.SLOW, {Mode.FAST: Mode.FAST, "fast": Mode.FAST}, ["quick", None, 1]),
    (int, 2, {3: 3, 4.0: 4.0}, [2.5, "3", None]),
    (float, 2.0, {2.5: 2.5, 3: 3}, ["3", None, True, 1j]),
    (Sequence[str], (), {("a", "b"): ("a", "b"), None: ()}, ["ab", (1,), 3]),
    (tuple[str, ...] | None, None, {("a",): ("a",), None: None}, ["a"]),
]


@pytest.mark.parametrize(("annotation", "default", "taken", "refused"), VALUES, ids=repr)
def test_a_field_takes_what_its_annotation_says_and_refuses_the_rest(
    annotation, default, taken, refused
):
    kind = made(what=(annotation, default))
    for value, kept in taken.items():
        one = kind(what=value)
        assert one.what == kept
        assert type(one.what) is type(kept)
        assert kind.from_config(one.get_config()).what == kept
    for value in refused:
        with pytest.raises((ArgumentError, ConfigurationError), match=r"^what must be .*Got: "):
            kind(what=value)


class Switched(adamas.Optimizer):
    """All kinds of choices that an annotation can say, in one rule."""

    learning_rate: adamas.Rate = 0.5
    way: Literal["down", "up"] = "down"
    half: bool | None = None
    mode: Mode = Mode.SLOW

    @staticmethod
    def prepare(learning_rate, way, half, mode):
        """Branches on what is known before anything is compiled."""
        rate = learning_rate if way == "down" else -learning_rate
        rate = rate if half is None else rate * (0.5 if half else 0.25)
        return {"rate": rate * (4 if mode is Mode.FAST else 1)}

    @staticmethod
    def update(p, g, /, *, rate):
        """One weight."""
        return p - rate * g


@pytest.mark.parametrize(
    ("arguments", "moved"),
    [
        ({}, -0.5),
        ({"way": "up"}, 0.5),
        ({"half": True}, -0.25),
        ({"half": False}, -0.125),
        ({"mode": Mode.FAST}, -2.0),
        ({"mode": "fast", "half": True, "way": "up"}, 1.0),
    ],
)
@pytest.mark.parametrize("compiler", ["llvm", "reference"])
def test_a_rule_branches_on_choices_of_every_kind(arguments, moved, compiler):
    optimizer, params = Switched(**arguments), [np.zeros(3)]
    optimizer.build(params, compiler=compiler)
    optimizer.apply([np.ones(3)])
    assert params[0].tolist() == [moved] * 3
    again = adamas.deserialize(adamas.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert "way" in optimizer.choices()
    assert "way" not in optimizer.numbers()
    with pytest.raises(StateError, match="fixed by build"):
        optimizer.way = "up" if optimizer.way == "down" else "down"


TEXTS_OF_ANNOTATIONS = """
from __future__ import annotations
import enum
from typing import Literal
import adamas

class Whole(adamas.Optimizer):
    learning_rate: adamas.Rate = 0.1
    way: Literal["down", "up"] = "down"
    on: bool | None = None

    @staticmethod
    def update(p, g, /, *, learning_rate):
        return p - learning_rate * g

def within():
    class Size(enum.Enum):
        SMALL = 1
    Number = float | None

    class Local(adamas.Optimizer):
        size: Size = Size.SMALL
        number: Number = None

        @staticmethod
        def update(p, g, /):
            return p - g

    return Local

def unreadable():
    class Wrong(adamas.Optimizer):
        number: Nowhere = 1.0

        @staticmethod
        def update(p, g, /):
            return p - g
"""


def test_annotations_that_are_texts_are_read_where_the_class_is_written():
    module = types.ModuleType("texts_of_annotations")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, module.__name__, module)
        exec(TEXTS_OF_ANNOTATIONS, module.__dict__)
        whole, local = module.Whole.fields, module.within().fields
        assert whole["way"].kind == Choice(("down", "up"))
        assert (whole["on"].kind, whole["on"].optional) == (FLAG, True)
        assert whole["learning_rate"].kind == adamas.Adam.fields["learning_rate"].kind
        assert local["size"].kind.name == "choice"
        assert (local["number"].kind, local["number"].optional) == (NUMBER, True)
        with pytest.raises(RuleError, match=r"Wrong\.number must be there.*'Nowhere'"):
            module.unreadable()


def test_only_a_rate_takes_a_schedule():
    falling = schedules.ExponentialDecay(0.1, 3, 0.5)

    class Two(adamas.Optimizer):
        learning_rate: float = 0.1  # by its name
        other_rate: adamas.Rate = 0.1
        beta: adamas.Hyperparameter = 0.9

        @staticmethod
        def update(p, g, /, *, learning_rate, other_rate, beta):
            return p - learning_rate * other_rate * beta * g

    two = Two(falling, falling)
    assert two.read_numbers(3)["other_rate"] == two.read_numbers(3)["learning_rate"] == falling(3)
    assert two.other_rate == falling(0)
    assert Two.from_config(two.get_config()).argument("other_rate") == falling
    with pytest.raises(ArgumentError, match="beta must be a callable of no arguments"):
        Two(beta=falling)


# -- what a field says ----------------------------------------------------------------------------

STEPS = {
    *("clipnorm", "clipvalue", "global_clipnorm", "adaptive_clip", "clip_order"),
    *("use_ema", "ema_momentum", "ema_overwrite_frequency", "centralize_gradients"),
    *("loss_scale_factor", "gradient_accumulation_steps", "nonfinite"),
}


def test_a_field_says_whose_it_is():
    owners = {name: field.owner for name, field in Description.fields.items()}
    assert {name for name, owner in owners.items() if owner == "step"} == STEPS
    assert [name for name, owner in owners.items() if owner == "each"] == ["name"]
    assert all(
        field.owner == "member" for n, field in adamas.Adam.fields.items() if n not in owners
    )


def test_an_argument_that_is_declared_again_stays_whose_it_was():
    class Averaged(adamas.Adam):
        use_ema: bool = True
        nonfinite: str = "skip"

    assert Averaged.fields["use_ema"].owner == "step"
    assert Averaged.fields["nonfinite"].replans
    with pytest.raises(ConfigurationError, match="is for all parameters together"):
        adamas.MultiOptimizer({"": Averaged()})


def test_a_field_says_whether_it_decides_structure():
    decide = {name for name, field in adamas.Adam.fields.items() if field.decides_structure}
    assert {"amsgrad", "clipnorm", "weight_decay", "use_ema", "nonfinite"} <= decide
    assert not decide & {"name", "convention", "beta_1", "ema_momentum", "learning_rate"}
    assert not adamas.LossScaleOptimizer.fields["inner_optimizer"].decides_structure


def test_positional_fields_stand_first_and_each_behind_the_one_it_names():
    names = list(adamas.AdamW.fields)
    assert names[:2] == ["learning_rate", "weight_decay"]
    assert [name for name in names if not adamas.Adam.fields[name].kw_only][0] == "learning_rate"
    assert next(iter(adamas.MultiOptimizer.fields)) == "optimizers"


def test_schedules_declare_by_the_same_fields():
    fields = schedules.OneCycle.fields
    assert fields["peak_learning_rate"].is_required
    assert fields["peak_learning_rate"].of == "OneCycle"
    assert fields["peak_learning_rate"].range.at_least == 0
    assert type(fields["pct_start"]) is type(adamas.Adam.fields["beta_1"])


def test_scalars_that_prepare_may_not_replace_are_the_numbers_of_the_step():
    numbers = {name for name, field in Description.fields.items() if field.is_number}
    by_norm = {"clipnorm", "global_clipnorm"}  # the step has factors in their place
    assert set(STEPS_OWN) == {"t", *numbers} - by_norm


def test_names_by_kind_are_found_once_for_a_class():
    optimizer = adamas.Adam()
    assert optimizer.numbers() is optimizer.numbers()
    numbers = {name for name, field in adamas.Adam.fields.items() if field.is_number}
    assert set(optimizer.numbers()) == numbers
    assert set(optimizer.choices()) == {*adamas.Adam.fields} - numbers - {"name"}
    assert optimizer.numbers_in_use() == (
        *("learning_rate", "beta_1", "beta_2", "epsilon", "ema_momentum"),
    )
