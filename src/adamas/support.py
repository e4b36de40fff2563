"""What works where: optimizer × front end × feature, from what the code refuses.

An optimizer refuses arguments when it is constructed, and compilers and frameworks refuse what
`adamas.refusals` lists. All else works; the tests try it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import optimizers, schedules
from .description import Description
from .errors import AdamasError
from .language.codes import NAMES as NAMES_OF_STATES
from .masters import MASTERS
from .optimizer import OPTIMIZERS, Optimizer
from .refusals import FRONT_ENDS, KERAS, REFUSALS, TORCH, TRACED, WITH_SPARSE, Refusal

OWN = "one's own"
"""Stands for an optimizer of the user's own."""

NAMES = (*(name for name in optimizers.__all__ if name in OPTIMIZERS), OWN)
"""The optimizers of the table."""

IN_PLACE = ("numpy", "tensors", "torch", "cuda", "divided")


@dataclass(frozen=True)
class Feature:
    """A row of the table.

    Attributes:
        arguments: what an optimizer is constructed with to use it.
        front_ends: where there is such a thing.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    front_ends: tuple[str, ...] = tuple(FRONT_ENDS)


def _rate() -> float:
    return 0.01


ARGUMENTS: Mapping[str, Feature] = {
    "weight_decay": Feature({"weight_decay": 0.1}),
    "independent_weight_decay": Feature({"weight_decay": 0.1, "independent_weight_decay": True}),
    "decoupled_weight_decay": Feature({"weight_decay": 0.1, "decoupled_weight_decay": True}),
    "clipnorm": Feature({"clipnorm": 1.0}),
    "clipvalue": Feature({"clipvalue": 1.0}),
    "global_clipnorm": Feature({"global_clipnorm": 1.0}),
    "adaptive_clip": Feature({"adaptive_clip": 0.1}),
    "clip_order": Feature(
        {"clipvalue": 1.0, "global_clipnorm": 1.0, "clip_order": "clipvalue, global_clipnorm"}
    ),
    "centralize_gradients": Feature({"centralize_gradients": True}),
    "cautious": Feature({"cautious": True}),
    "cautious_weight_decay": Feature(
        {"weight_decay": 0.1, "decoupled_weight_decay": True, "cautious_weight_decay": True}
    ),
    "update_clip": Feature({"update_clip": 0.5}),
    "update_floor": Feature({"update_floor": 0.5}),
    "atan2": Feature({"atan2": 1.0}),
    "radial_brake": Feature({"radial_brake": 0.5}),
    "hyperball": Feature({"hyperball": True}),
    "schedule_free": Feature({"schedule_free": 0.9}),
    "schedule_free_power": Feature({"schedule_free": 0.9, "schedule_free_power": 1.0}),
    "reduce_on_plateau": Feature({"reduce_on_plateau": 2}),
    **{
        f"plateau_{name}": Feature({"reduce_on_plateau": 2, f"plateau_{name}": value})
        for name, value in (
            *(("factor", 0.5), ("tolerance", 0.01), ("cooldown", 2)),
            *(("window", 2), ("least", 0.1)),
        )
    },
    "lookahead": Feature({"lookahead": 2}),
    "lookahead_step_size": Feature({"lookahead": 2, "lookahead_step_size": 0.3}),
    "ema_nesterov": Feature({"ema_nesterov": 0.5}),
    "ema_nesterov_momentum": Feature({"ema_nesterov": 0.5, "ema_nesterov_momentum": 0.9}),
    "mechanic": Feature({"mechanic": 1e-3}),
    "mechanic_decay": Feature({"mechanic": 1e-3, "mechanic_decay": 0.1}),
    "maximize": Feature({"maximize": True}),
    **{f"states={name!r}": Feature({"states": name}) for name in NAMES_OF_STATES},
    **{f"master={name!r}": Feature({"master": name}) for name in MASTERS},
    "use_ema": Feature({"use_ema": True}),
    "ema_momentum": Feature({"use_ema": True, "ema_momentum": 0.9}),
    "ema_overwrite_frequency": Feature({"use_ema": True, "ema_overwrite_frequency": 1}),
    "loss_scale_factor": Feature({"loss_scale_factor": 8.0}),
    "gradient_accumulation_steps": Feature({"gradient_accumulation_steps": 2}),
    "name": Feature({"name": "mine"}),
    **{
        f"convention={value!r}": Feature({"learning_rate": 0.01, "convention": value})
        for value in ("keras", "torch", "optax")
    },
    **{
        f"nonfinite={value!r}": Feature({"nonfinite": value})
        for value in Description.fields["nonfinite"].choices or ()
    },
}
"""The arguments that all optimizers have, each with a use of it."""

FEATURES: Mapping[str, Feature] = {
    **ARGUMENTS,
    "learning_rate by a schedule": Feature({"learning_rate": schedules.CosineDecay(0.1, 9)}),
    "learning_rate by a callable": Feature({"learning_rate": _rate}),
    "numbers by callables": Feature(
        {"weight_decay": _rate, "use_ema": True, "ema_momentum": _rate}
    ),
    "numbers set between steps": Feature(
        front_ends=tuple(name for name in FRONT_ENDS if name not in ("optax", "scipy"))
    ),
    "exclusions by name": Feature({"weight_decay": 0.1}),
    "exclusions by array": Feature({"weight_decay": 0.1}),
    "gradients that are None": Feature(
        front_ends=tuple(name for name in FRONT_ENDS if name != "scipy")
    ),
    "averages swapped in": Feature({"use_ema": True}, (*IN_PLACE, "jax")),
    "averages at the end": Feature({"use_ema": True}, (*IN_PLACE, "jax", *KERAS)),
    "files": Feature(front_ends=(*IN_PLACE, "jax", *KERAS)),
    "float64": Feature(),
    "float32": Feature(),
    "bfloat16": Feature(),
    "float16": Feature(),
    "complex parameters": Feature(),
    "sparse gradients": Feature(front_ends=WITH_SPARSE),
    "steps that are differentiated": Feature(front_ends=(*TORCH, *TRACED)),
    "offload='cpu'": Feature(front_ends=tuple(name for name in TORCH if name != "backward")),
    "compiler='reference'": Feature(front_ends=("numpy", "tensors", "torch", "divided", "flat")),
}
"""Everything that the table has a row for."""


def declared(name: str, arguments: Mapping[str, Any]) -> Optimizer:
    """The built-in optimizer `name` with these arguments, wrappers around Adam.

    Raises `AdamasError` if it refuses them.
    """
    kind: Any = OPTIMIZERS[name]
    if name == "LossScaleOptimizer":
        return kind(optimizers.Adam(**arguments))
    if name != "MultiOptimizer":
        return kind(**arguments)
    common = Description.fields
    of_step = {n for n in arguments if n in common and common[n].owner == "step"}
    inner = {n: value for n, value in arguments.items() if n not in of_step}
    return kind({"": optimizers.Adam(**inner)}, **{n: arguments[n] for n in of_step})


def reasons(optimizer: str, front_end: str, feature: str = "") -> list[str]:
    """Why this does not work there: nothing, if it does.

    Args:
        optimizer: one of `NAMES`.
        front_end: one of `FRONT_ENDS`.
        feature: one of `FEATURES`, or none for the optimizer as it is.
    """
    found = [r for r in REFUSALS if r.concerns(front_end, optimizer, feature)]
    own = refused_by_declaration(optimizer, feature) if feature else None
    return [f"{refusal.law} {refusal.way_out}" for refusal in found] + ([own] if own else [])


def refused_by_declaration(optimizer: str, feature: str) -> str | None:
    """What the optimizer itself says against a feature, wherever it is used."""
    if optimizer == OWN:
        return None
    try:
        declared(optimizer, FEATURES[feature].arguments)
    except AdamasError as error:
        return str(error)
    return None


def conditions(front_end: str, *, optimizer: str = "", feature: str = "") -> list[Refusal]:
    """The refusals there of some uses of an optimizer, or of a feature."""
    return [
        refusal
        for refusal in REFUSALS
        if front_end in refusal.front_ends
        and not refusal.concerns(front_end, optimizer, feature)
        and (optimizer in refusal.optimizers or feature in refusal.features)
    ]
