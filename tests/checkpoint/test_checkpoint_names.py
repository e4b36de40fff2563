"""Names, shapes and dtypes that differ are all told, in one error."""

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest

from adamas.checkpoint import match_names
from adamas.errors import CheckpointError


def form(*shape: int, dtype: npt.DTypeLike = "float32") -> np.ndarray:
    return np.broadcast_to(np.zeros((), dtype), shape)


def test_the_same_names_and_forms_match():
    match_names({"a": form(2, 3), "b": form()}, {"b": form(), "a": form(2, 3)})
    match_names({}, {})


def test_one_error_lists_all_that_differs():
    with pytest.raises(CheckpointError) as error:
        match_names(
            {"m/dense/kernel": form(2), "m/dense/bias": form(2), "v": form(3), "t": form()},
            {
                "m/dense_1/kernel": form(2),
                "v": form(3, dtype="float16"),
                "t": form(1),
                "xyz": form(2),
                "m/dense/bias": form(2),
            },
            "The checkpoint run.safetensors",
        )
    assert str(error.value).splitlines() == [
        "The checkpoint run.safetensors does not hold what is expected, so nothing was loaded.",
        "Missing (1): 'm/dense/kernel' (near: 'm/dense_1/kernel')",
        "Unexpected (2): 'm/dense_1/kernel' (near: 'm/dense/kernel'); 'xyz'",
        "Different (2): 'v' is float16 (3,), expected float32 (3,); "
        "'t' is float32 (1,), expected float32 ()",
        "Build with the same parameters and options as when it was saved, or load another one.",
    ]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": form(2)}, {}),
        ({}, {"a": form(2)}),
        ({"a": form(2)}, {"A": form(2)}),
        ({"a": form(2)}, {"a": form(2, 1)}),
        ({"a": form(2, 3)}, {"a": form(3, 2)}),
        ({"a": form(2)}, {"a": form(2, dtype="float64")}),
        ({"a": form(2, dtype=ml_dtypes.bfloat16)}, {"a": form(2, dtype="float16")}),
    ],
)
def test_any_difference_is_an_error(expected, found):
    with pytest.raises(CheckpointError):
        match_names(expected, found)


def test_long_lists_are_cut():
    many = {f"layer{i}": form(1) for i in range(5000)}
    with pytest.raises(CheckpointError, match=r"Missing \(5000\): .*'layer9'; and 4990 more\n"):
        match_names(many, {})
    with pytest.raises(CheckpointError) as error:
        match_names(many, {f"layer.{name}": array for name, array in many.items()})
    assert len(str(error.value)) < 2000
