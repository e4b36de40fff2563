"""From an optimizer of Keras to the same one here, in mid-run, and back: state by name, exact."""

from typing import Any

import numpy as np

from ...compilers.keras import keras
from ...errors import CheckpointError
from ...optimizer import OPTIMIZERS, Optimizer
from ...refusals import ADAFACTOR_OF_KERAS, NARROWED, UNKNOWN_TO_KERAS
from ...runtime.clock import as_count, checked_count
from .classes import wrap
from .optimizer import KerasOptimizer


def from_keras(optimizer: Any) -> KerasOptimizer:
    """The optimizer of adamas with the arguments and the state of one of Keras.

    If it is built, the new one is built for the same variables and goes on where it is.

    Args:
        optimizer: one of Keras's own; it is not changed.

    Raises:
        UnsupportedError: adamas has no such optimizer, or keeps another state.
        CheckpointError: its variables are not those that are expected.
    """
    kind = _declaration(type(optimizer).__name__)
    made = wrap(kind)(**_config(optimizer))
    variables = list(optimizer._trainable_variables)
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    excluded = [v for v in variables if not optimizer._use_weight_decay(v)]
    if pattern is not None:
        made.exclude_from_weight_decay(var_names=[pattern.pattern])
    if optimizer.built:
        made.exclude_from_weight_decay(var_list=excluded)
        made.build(variables)
        _copy_state(optimizer, made)
    return made


def to_keras(optimizer: KerasOptimizer) -> Any:
    """The optimizer of Keras with the arguments and the state of one of adamas.

    Args:
        optimizer: one of `adamas.keras`; it is not changed.

    Raises:
        UnsupportedError: Keras has no such optimizer, not all of its arguments, or a state that
            is narrower.
        CheckpointError: its variables are not those that are expected.
    """
    kind = _declaration(type(optimizer).__name__)
    if type(optimizer) is not wrap(kind):
        raise UNKNOWN_TO_KERAS.error(type(optimizer).__name__)
    target = getattr(keras.optimizers, kind.__name__)
    config = _config(optimizer)
    config.pop("excluded_from_weight_decay", None)
    known = target().get_config()
    for name in [name for name in config if name not in known]:
        if config.pop(name) != kind.fields[name].default:
            raise UNKNOWN_TO_KERAS.error(f"{kind.__name__}, {name}={getattr(optimizer, name)!r}")
    made = target(**config)
    variables = list(optimizer._trainable_variables)
    if optimizer.built:
        made.exclude_from_weight_decay(var_list=[v for v in variables if not optimizer.decays(v)])
        made.build(variables)
        _copy_state(optimizer, made)
    return made


def _declaration(name: str) -> type[Optimizer]:
    if name in ADAFACTOR_OF_KERAS.optimizers:
        raise ADAFACTOR_OF_KERAS.error(name)
    if name not in OPTIMIZERS or not hasattr(keras.optimizers, name):
        raise UNKNOWN_TO_KERAS.error(name)
    return OPTIMIZERS[name]


def _config(optimizer: Any) -> dict[str, Any]:
    """The arguments; a learning rate that is a schedule or a function as it is."""
    rate = optimizer._learning_rate
    known = {} if isinstance(rate, keras.Variable) else {"learning_rate": rate}
    return {**optimizer.get_config(), **known}


def _copy_state(source: Any, target: Any) -> None:
    """Every variable of `source` into its namesake; all of them, or none."""
    theirs, own = _in_common(source), _in_common(target)
    if len(theirs) != len(own):
        raise CheckpointError(
            f"The state must have {len(own)} variables: {', '.join(v.name for v in own)}. "
            f"Got: {len(theirs)}: {', '.join(v.name for v in theirs)}."
        )
    calls = as_count(np.asarray(keras.ops.convert_to_numpy(source.iterations)))
    checked_count(calls, "calls", "The state")
    values = []
    for one, other in zip(own, theirs, strict=True):
        shape, found = tuple(one.shape), tuple(other.shape)
        # Keras does not name numbers that stand beside the slots, such as Nadam's product.
        if (shape and one.name != other.name) or shape != found:
            raise CheckpointError(
                f"The state must have {one.name} of shape {shape}. "
                f"Got: {other.name} of shape {found}."
            )
        value = keras.ops.convert_to_numpy(other)
        narrowed = value.astype(keras.ops.convert_to_numpy(one).dtype)
        if not np.array_equal(narrowed.astype(value.dtype), value, equal_nan=True):
            raise NARROWED.error(f"{value.dtype} for {one.name}, {narrowed.dtype}")
        values.append(narrowed)
    for one, value in zip(own, values, strict=True):
        one.assign(value)


def _in_common(optimizer: Any) -> list[Any]:
    """The variables that the optimizers of both sides have."""
    norm = optimizer.built_state.norm if isinstance(optimizer, KerasOptimizer) else None
    return [variable for variable in optimizer.variables if variable is not norm]
