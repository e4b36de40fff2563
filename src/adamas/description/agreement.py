"""Which arguments of an optimizer go together: what excludes what, and what is about what."""

from collections.abc import Mapping
from typing import Any

from ..around import HYPERBALL, PATHS
from ..errors import ConfigurationError
from ..language.codes import IN_BLOCKS

NEEDING = {
    "schedule_free_power": "schedule_free",
    "lookahead_step_size": "lookahead",
    "ema_nesterov_momentum": "ema_nesterov",
    "plateau_factor": "reduce_on_plateau",
    "plateau_tolerance": "reduce_on_plateau",
    "plateau_cooldown": "reduce_on_plateau",
    "plateau_window": "reduce_on_plateau",
    "plateau_least": "reduce_on_plateau",
    "mechanic_decay": "mechanic",
}
"""Arguments that say more of another, and what that is."""

MOVE_MATRICES = ("update_clip", "update_floor", "radial_brake")
"""Arguments that say how far matrices move, or what norm they have."""


def refuse_disagreement(optimizer: Any) -> None:
    """`ConfigurationError` for arguments of a description that do not go together."""
    optimizer.clips()
    for refuse in LAWS:
        refuse(optimizer)


def in_order(values: Mapping[str, Any], order: str) -> tuple[str, ...]:
    """The names of the clips that are on, in the order in which they are made.

    Args:
        values: what each clip is set to, or None, by name.
        order: the argument ``clip_order``.
    """
    on = [name for name, value in values.items() if value is not None]
    named = tuple(name.strip() for name in order.split(",") if name.strip())
    got = ", ".join(f"{name}={values[name]!r}" for name in on) or "none"
    if named and sorted(named) != sorted(on):
        raise ConfigurationError(
            f"clip_order must name the clips that are set, each once. Got: {order!r} with {got}."
        )
    if len(on) > 1 and not named:
        raise ConfigurationError(
            f"At most one of {', '.join(values)} can be set. Got: {got}. "
            f"To make several, say in which order: clip_order={', '.join(on)!r}."
        )
    return named or tuple(on)


def _overwrites_with_an_average(optimizer: Any) -> None:
    if optimizer.ema_overwrite_frequency is not None and not optimizer.use_ema:
        raise ConfigurationError(
            "ema_overwrite_frequency needs the average it overwrites with. "
            "Add use_ema=True, or leave ema_overwrite_frequency out."
        )


def _evaluates_with_one(optimizer: Any) -> None:
    evaluated = [one.name for one in optimizer.around() if one.average is not None]
    evaluated += [] if optimizer.average is None else ["the rule's own average"]
    if len(evaluated) > 1:
        raise ConfigurationError(
            "At most one of schedule_free, lookahead, ema_nesterov and an average of the rule "
            f"can say which weights are evaluated. Got: {' and '.join(evaluated)} in "
            f"{type(optimizer).__name__}. Leave one out."
        )


def _turns_what_divides(optimizer: Any) -> None:
    if optimizer.atan2 is not None and not optimizer.divides_by_root():
        raise ConfigurationError(
            "atan2 is in place of what is added to a root in a denominator, which the rule of "
            f"{type(optimizer).__name__} does not have. Leave it out. A rule of one's own that "
            "divides by a root asks for turned by name."
        )


def _says_more_of_what_is_on(optimizer: Any) -> None:
    for argument, needed in NEEDING.items():
        if getattr(optimizer, argument) is not None and getattr(optimizer, needed) is None:
            raise ConfigurationError(
                f"{argument} is about {needed}, which is off. Add {needed}, or leave "
                f"{argument} out."
            )


def _moves_weights_along_one_way(optimizer: Any) -> None:
    """Beside ``mechanic`` nothing moves weights elsewhere than along the rule's moves."""
    leave = (HYPERBALL, *PATHS, *(one for one in optimizer.paths if one.moves != "p"))
    others = [one.name for one in optimizer.around() if one in leave]
    if optimizer.ema_overwrite_frequency is not None:
        others.append("ema_overwrite_frequency")
    if optimizer.mechanic is not None and others:
        raise ConfigurationError(
            "mechanic finds a factor of the way from the first weights, which "
            f"{others[0]} would leave. Got both. Leave one out."
        )


def _keeps_the_norm_that_hyperball_keeps(optimizer: Any) -> None:
    if not optimizer.hyperball:
        return
    for argument in MOVE_MATRICES:
        if getattr(optimizer, argument) is not None:
            raise ConfigurationError(
                f"hyperball decides how far matrices move and what norm they have. Got: "
                f"{argument}={getattr(optimizer, argument)!r} too. Leave one out."
            )
    if optimizer.cautious_weight_decay:
        raise ConfigurationError(
            "hyperball keeps the norm that cautious_weight_decay would change after it. "
            "Leave one out."
        )


def _is_cautious_of_decay_of_weights(optimizer: Any) -> None:
    if not optimizer.cautious_weight_decay:
        return
    if optimizer.decoupled_weight_decay or optimizer.independent_weight_decay:
        return
    if optimizer.find_convention().decay not in ("decoupled", "independent"):
        raise ConfigurationError(
            "cautious_weight_decay is of decay that is taken off the weights, and "
            f"convention={optimizer.convention!r} means another by weight_decay in "
            f"{type(optimizer).__name__}. Add decoupled_weight_decay=True."
        )


def _stores_slots_that_there_are(optimizer: Any) -> None:
    if isinstance(optimizer.states, str):
        return
    slots = optimizer.slot_names()
    for name in optimizer.states:
        if name not in slots:
            raise ConfigurationError(
                f"states must name slots of {type(optimizer).__name__}: {', '.join(slots)}. "
                f"Got: {name!r}."
            )


def _evaluates_with_more_than_codes(optimizer: Any) -> None:
    states = optimizer.states
    coarse = [] if isinstance(states, str) else [n for n, v in states.items() if v in IN_BLOCKS]
    for name in coarse:
        if name in optimizer.evaluated():
            raise ConfigurationError(
                "The weights to evaluate with must have more than the 3 bits of fraction of "
                f"codes. Got: {states[name]!r} for {name!r}. Use 'bfloat16'."
            )


def _decays_in_one_way(optimizer: Any) -> None:
    if optimizer.independent_weight_decay and optimizer.decoupled_weight_decay:
        raise ConfigurationError(
            "Weight decay must be either independent of the learning rate or in proportion to "
            "it. Got: independent_weight_decay=True and decoupled_weight_decay=True. "
            "Use one of them."
        )


LAWS = (
    _overwrites_with_an_average,
    _evaluates_with_one,
    _turns_what_divides,
    _says_more_of_what_is_on,
    _moves_weights_along_one_way,
    _keeps_the_norm_that_hyperball_keeps,
    _is_cautious_of_decay_of_weights,
    _stores_slots_that_there_are,
    _evaluates_with_more_than_codes,
    _decays_in_one_way,
)
"""Each raises where a description does not keep it; what is told first stands first."""
