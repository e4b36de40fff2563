"""What an optimizer of Keras is: a declared one, its arguments, and how Keras describes it."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ...compilers.keras import keras
from ...composite import Composite
from ...errors import ArgumentError, StateError, shown
from ...exclusions import Exclusions
from ...locks import fork_safe_lock
from ...optimizer import Optimizer
from ...refusals import RATE_OF_MULTI
from ...runtime.inputs import NOTHING
from .arguments import declared_by, refuse_fixed, refuse_unsupported, warn_of_constant
from .schedules import keras_rate
from .state import State

ops = keras.ops
_set_rate: Any = keras.optimizers.Optimizer.learning_rate.fset


class Configured(keras.optimizers.Optimizer):
    """The arguments of a declared optimizer, which may be set at any time; `declaration` is it."""

    declaration: ClassVar[type[Optimizer]]

    _declared: Optimizer
    _state: State | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        excluded = kwargs.pop("excluded_from_weight_decay", {})
        declared, name = declared_by(self.declaration, args, kwargs)
        rate = declared.arguments().get("learning_rate", 0.0)
        super().__init__(learning_rate=keras_rate(rate), name=name)
        declared.exclude(Exclusions.from_json(excluded))
        self._untracked("_declared", declared)
        self._untracked("_state", None)
        self._untracked("_lock", fork_safe_lock())
        self._untracked("_given", NOTHING)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except RecursionError:  # Keras looks for variables in it
            raise ArgumentError(f"{name} must not hold itself. Got: {shown(value)}.") from None

    def _untracked(self, name: str, value: Any) -> None:
        # Keras and TensorFlow would look for variables in it, and count them twice.
        object.__setattr__(self, name, value)

    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """Its arguments by name; those of optimizers inside others are none of its own."""
        return cls.declaration.own_arguments()

    @property
    def declared(self) -> Optimizer:
        """The declared optimizer, with all arguments but those that Keras keeps."""
        return self._declared

    def _get(self, name: str) -> Any:
        value = self._declared.argument(name)
        return value() if name == "loss_scale_factor" and callable(value) else value

    def _set(self, name: str, value: Any) -> None:
        declared = self.__dict__.get("_declared")
        if declared is None:
            return  # Keras's own constructor, which knows nothing of these
        changed = declared.replace(**{name: value})
        refuse_unsupported(changed)
        if self._state is not None:
            before = self._get(name)
            refuse_fixed(declared, changed, name, before, value)
            self._state.passes = None
            if self._state.compiled and value != declared.argument(name):
                warn_of_constant(name, before, value)
        setattr(declared, name, value)

    @property
    def learning_rate(self) -> Any:
        """The rate of the next call. It is set to a number, or to a schedule of either side.

        Of several optimizers it is the first one's, and cannot be set.
        """
        if isinstance(self._declared, Composite):
            return self._declared.rate_at(self.calls)
        return self._get_current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        if isinstance(self._declared, Composite):
            raise RATE_OF_MULTI.error(shown(rate))
        if "learning_rate" in self._declared.fields:
            # Also of a tensor, which Keras copies: its value is checked, if it is known.
            checked = self._declared.fields["learning_rate"].check(rate)
            rate = rate if ops.is_tensor(rate) else keras_rate(checked)
        _set_rate(self, rate)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Leave variables out of weight decay; call it before `build`.

        Args:
            var_list: the variables themselves.
            var_names: patterns (regular expressions) that are searched for in names and paths.
        """
        if self.built:
            raise StateError(
                "exclude_from_weight_decay must be called before build(). "
                "Got: an optimizer that is built. Construct a new one."
            )
        self._declared.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        """Every argument as JSON-safe values, and what is excluded from weight decay."""
        config = {}
        if "learning_rate" in self._declared.fields:
            config["learning_rate"] = super().get_config()["learning_rate"]
            plain = self._declared.replace(learning_rate=1.0)
        else:
            plain = self._declared
        return {**plain.get_config(), "name": self.name, **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer that `get_config` described.

        Args:
            config: what it gave.
            custom_objects: Keras's.
        """
        fields = cls.declaration.fields
        read = {
            name: fields[name].from_json(value)
            for name, value in config.items()
            if name in fields and fields[name].is_described
        }
        return super().from_config({**config, **read}, custom_objects)


def argument(name: str) -> property:
    """An argument as an attribute of the class."""

    def get(self: Configured) -> Any:
        return self._get(name)

    def set_(self: Configured, value: Any) -> None:
        self._set(name, value)

    return property(get, set_)
