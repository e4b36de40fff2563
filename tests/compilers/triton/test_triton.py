"""The GPU compiler against the definition, on whatever runs its kernels."""

import numpy as np
import pytest

from adamas import Adam, DoG, Optimizer
from cases import DTYPES
from family import (
    ALL_STAGES,
    CROSSED,
    FAMILY,
    FOLLOWING,
    combinations,
    conventions_of,
    kind_of,
    make_wrong,
    plain,
)

pytest.importorskip("torch", reason="needs PyTorch")
pytest.importorskip("triton", reason="needs Triton, which is there for Linux only")

from adamas.compilers import products  # noqa: E402
from device_steps import check_against_definition  # noqa: E402


@pytest.fixture(autouse=True)
def exactly(monkeypatch):
    """Matrices are multiplied as the definition does: `test_products` has the coarser ways."""
    monkeypatch.setattr(products, "multiplies_bfloat16", lambda _: False)


def follows(optimizer: Optimizer) -> bool:
    """Whether slots depend on parameters, and so on how those were rounded."""
    coupled = optimizer.find_convention().decay == "coupled" and optimizer.weight_decay
    return bool(coupled) or type(optimizer).__name__ in FOLLOWING


# -- the family -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY)
def test_every_rule_is_within_rounding_of_the_definition(name):
    alone = [plain(name, **FAMILY[name].variants[0])]
    for arguments in combinations(name) if name in CROSSED else alone:
        optimizer, definition = (kind_of(name)(**arguments) for _ in range(2))
        check_against_definition(optimizer, definition, follow=follows(optimizer))


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != np.float32], ids=str)
@pytest.mark.parametrize("name", CROSSED)
def test_every_dtype_is_within_rounding_of_the_definition(name, dtype):
    variant = FAMILY[name].variants[-1]
    optimizer, definition = (kind_of(name)(**plain(name, **variant, **ALL_STAGES)) for _ in "ab")
    check_against_definition(optimizer, definition, dtype, follow=follows(optimizer))


@pytest.mark.parametrize("name", CROSSED)
def test_wrong_rules_are_noticed(name):
    wrong = FAMILY[name].wrong[0]
    convention = wrong.seen[0] if wrong.seen[0] in conventions_of(name) else "keras"
    arguments = {**plain(name, **wrong.arguments), "convention": convention}
    optimizer, right = make_wrong(name, wrong)(**arguments), kind_of(name)(**arguments)
    with pytest.raises(AssertionError):
        check_against_definition(optimizer, right, np.float64, calls=3)


def test_a_stage_that_sums_over_all_tensors_is_within_rounding_of_the_definition():
    """With the sums of its rule before its own."""
    for kind in (Adam, DoG):
        optimizer, definition = (kind(1.0, weight_decay=0.1, mechanic=0.01) for _ in range(2))
        check_against_definition(optimizer, definition, np.float64)
