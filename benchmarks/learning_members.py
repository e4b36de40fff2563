"""Who takes part in ``learning.py``, and what each one is given."""

import sys
from typing import Any

from adamas.composite import Composite
from adamas.optimizer import OPTIMIZERS

EPOCHS, BATCH_SIZE = 6, 64
SWEEP_SEEDS, TEST_SEEDS = (0, 1, 2), (10, 11, 12, 13, 14)

RATES = tuple(float(f"{digit}e{power}") for power in range(-6, 3) for digit in (1, 3))
EACH_SIDE = 2
"""So many rates are tried below the middle one, and above."""

CENTRES = {
    "SGD": 0.1,
    "Adagrad": 0.3,
    "RMSprop": 0.01,
    "Adadelta": 10.0,
    "Ftrl": 0.03,
    "Adam": 0.01,
    "Adamax": 0.03,
    "Nadam": 0.01,
    "AdamW": 0.01,
    "Adafactor": 0.1,
    "Lamb": 0.01,
    "AdaBelief": 0.01,
    "ACProp": 0.003,
    "Lion": 1e-3,
    "ScheduleFreeAdamW": 1e-2,
    "Prodigy": 1.0,
    "DAdaptAdam": 1.0,
    "DoG": 1.0,
    "DoWG": 1.0,
    "Muon": 3e-3,
    "SOAP": 0.01,
    "Shampoo": 0.01,
    "KLShampoo": 0.01,
    "KLSOAP": 0.01,
    "PSGDKron": 0.003,
    "GaLore": 0.01,
    "NorMuon": 0.01,
    "RAdam": 0.1,
    "Adan": 0.01,
    "AdEMAMix": 0.01,
    "SimplifiedAdEMAMix": 3e-5,
    "ADOPT": 0.01,
    "MARS": 0.01,
    "StableAdamW": 0.01,
    "AdamMini": 0.01,
    "LaProp": 0.01,
    "Yogi": 0.03,
    "AdamaxW": 0.01,
    "NovoGrad": 0.1,
    "LARS": 3.0,
    "Fromage": 0.1,
    "MADGRAD": 0.03,
    "COCOB": 1.0,
    "Signum": 3e-3,
    "OptimisticGradientDescent": 1.0,
    "OptimisticAdam": 0.01,
    "Rprop": 3e-4,
    "ASGD": 1.0,
    "PolyakSGD": 3.0,
    "MoMo": 1.0,
    "MoMoAdam": 0.03,
    "Sophia": 3e-3,
    "AdaHessian": 0.1,
    "SM3": 0.1,
    "NoisySGD": 0.3,
    "SGLD": 0.3,
}
"""The family, in the order of docs/family.md, and the middle rate of each grid."""

OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9},
    # Above 0, the network's first weights fade: it is made for models that begin at 0.
    "Ftrl": {"initial_accumulator_value": 0.0},
    # The loss is a mean: as that of so many more examples.
    "SGLD": {"temperature": 1e-6},
    # Pixels that are always 0 have no gradient.
    "Adafactor": {"epsilon_1": 1e-16},
    # A gradient is divided by those before it, which were 0 for some pixels.
    "ACProp": {"epsilon": 1e-10},
    # The default, 128, is no less than the smaller side of any matrix here.
    "GaLore": {"rank": 16},
    # Its authors judge averages of the weights.
    "DoG": {"use_ema": True},
    # Means begin after a million updates by default.
    "ASGD": {"average_from": 300},
}
"""Arguments that are not the defaults."""

CONSTANT = ("Ftrl", "ScheduleFreeAdamW", "DoG", "ASGD")
"""Those whose rate stays: Ftrl's weights are in proportion to it, and the others average."""

RATELESS = ("COCOB",)
"""Those that do the same at any rate, so that there is nothing to choose."""

HESSIANS = {"AdaHessian": 1, "Sophia": 10}
"""Those that are given an estimate of the diagonal of the Hessian in every so many updates."""

WHOLE = {"Rprop": 10}
"""Those made for gradients of all the data, of which they get so many in place of each epoch."""


SLOW = ("Shampoo", "KLShampoo", "KLSOAP", "PSGDKron", "NorMuon")
"""Those that take minutes: the first seed alone chooses the rate."""


def family() -> list[str]:
    """Every optimizer with a rule of its own in this library, those with a centre first."""
    package = Composite.__module__.partition(".")[0]
    known = [
        name
        for name, cls in OPTIMIZERS.items()
        if cls.__module__.startswith(f"{package}.") and not issubclass(cls, Composite)
    ]
    return [*(name for name in CENTRES if name in known), *(n for n in known if n not in CENTRES)]


def grid(name: str) -> tuple[float, ...]:
    """The rates that are tried."""
    if name not in CENTRES:
        sys.exit(f"{name} needs a rate in the middle of its grid: add it to CENTRES.")
    if name in RATELESS:
        return (CENTRES[name],)
    middle = RATES.index(CENTRES[name])
    return RATES[middle - EACH_SIDE : middle + EACH_SIDE + 1]


def sweep_seeds(name: str) -> tuple[int, ...]:
    """The seeds that choose the rate."""
    return SWEEP_SEEDS[:1] if name in SLOW else SWEEP_SEEDS


def given(name: str) -> dict[str, Any]:
    """What an optimizer is given besides a rate."""
    return {
        "options": OPTIONS.get(name, {}),
        "sweep_seeds": list(sweep_seeds(name)),
        "rate_falls": name not in CONSTANT,
        "whole_batches": WHOLE.get(name),
        "hessian_every": HESSIANS.get(name),
    }
