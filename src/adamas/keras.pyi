# Written by docs/stubs.py from the declared fields: edit those, and run it again.
# pyright: reportIncompatibleVariableOverride=false, reportIncompatibleMethodOverride=false
"""Keras 3: every optimizer as a Keras optimizer, on JAX, PyTorch and TensorFlow.

``model.compile(optimizer=adamas.keras.Adam(0.001))`` and so on for each built-in optimizer;
``adamas.keras.wrap(MyOptimizer)`` is the class for one's own. A process that loads a saved model
must have imported this module, and have wrapped one's own classes, before.
"""

import adamas.frameworks.keras.state
import adamas.runtime.kept
import adamas.runtime.loaded
import contextlib
import keras.optimizers
import keras.optimizers.schedules
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

from .description.rates import Hyperparameter, Rate, Whole
from .description.settings import RateSetting, Setting
from .optimizer import Optimizer

class KerasOptimizer(keras.optimizers.Optimizer):
    """Base of the classes that `wrap` makes; `declaration` is the declared class.

    Arguments are the declared ones, with the same meaning on every backend: `adamas.Optimizer` has
    them. ``learning_rate`` may be a schedule of Keras or of adamas. Keras's own stages of a step do
    not run: accumulation, clips, decay and averages are those of adamas, with float32 slots.

    Args:
        args, kwargs: the arguments of the declared class.
    """
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ...
    @classmethod
    def own_arguments(cls) -> tuple[str, ...]:
        """Its arguments by name; those of optimizers inside others are none of its own."""
    @property
    def declared(self) -> Optimizer:
        """The declared optimizer, with all arguments but those that Keras keeps."""
    @property
    def learning_rate(self) -> Any:
        """The rate of the next call. It is set to a number, or to a schedule of either side.

        Of several optimizers it is the first one's, and cannot be set.
        """
    @learning_rate.setter
    def learning_rate(self, value: Any) -> None: ...
    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Any] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Leave variables out of weight decay; call it before `build`.

        Args:
            var_list: the variables themselves.
            var_names: patterns (regular expressions) that are searched for in names and paths.
        """
    def get_config(self) -> dict[str, Any]:
        """Every argument as JSON-safe values, and what is excluded from weight decay."""
    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer that `get_config` described.

        Args:
            config: what it gave.
            custom_objects: Keras's.
        """
    def build(self, variables: Sequence[Any]) -> None:
        """Create the state for `variables`, which are updated by later calls.

        Raises:
            ArrayTypeError: a variable does not hold real floating numbers.
            StateError: it is built for other variables.
            UnsupportedError: TensorFlow runs several replicas.
        """
    @property
    def built_state(self) -> adamas.frameworks.keras.state.State:
        """What was made for the variables; `StateError` before `build`."""
    def decays(self, variable: Any) -> bool:
        """Whether a variable is subject to weight decay."""
    @property
    def slots(self) -> Mapping[str, Mapping[str, Any]]:
        """The variables of the state: slot → path of the variable → variable."""
    @property
    def skipped(self) -> int:
        """How many calls ``nonfinite="skip"`` passed over."""
    @property
    def pending(self) -> int:
        """How many calls have accumulated since the last update."""
    @property
    def gradient_norm(self) -> float | None:
        """The L2 norm of all gradients in the last update, before clipping.

        It comes free with clipnorm and global_clipnorm; None without them, and before `build`.
        """
    @property
    def calls(self) -> int:
        """How many calls counted; what learning-rate schedules look at."""
    @property
    def most_calls(self) -> int:
        """How many calls Keras can count."""
    def paused(self) -> contextlib.AbstractContextManager[None]:
        """Calls of `apply` in other threads wait: to look at the variables of one step."""
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to one file, atomically; `adamas.Optimizer.save` has the same format.

        Args:
            path: the file.

        Raises:
            StateError: it is not built.
            CheckpointError: it stands between updates, and its sums are not all of adamas.
        """
    def load(
        self,
        path: str | os.PathLike[str],
        *,
        strict: bool = True,
    ) -> adamas.runtime.loaded.Loaded:
        """Take over the state that an optimizer of any framework saved, after `build`.

        Numbers that were moved are part of it, those that the optimizer was constructed with stay.
        Parameters are found by the paths of variables; `convert_state` gives a file other names.

        Args:
            path: the file.
            strict: whether the file must be of these very variables. With False what has the same
                path and shapes is taken over, and other variables begin afresh.

        Returns:
            What was taken over, what begins afresh, and what was left, by path.

        Raises:
            StateError: it is not built.
            CheckpointError: the file is damaged, or does not fit, or nothing in it does; nothing
                has changed then.
        """
    def save_own_variables(self, store: Any) -> None:
        """Put the variables into `store`, beside a model, all of one step."""
    def load_own_variables(self, store: Any) -> None:
        """Take over what Keras has stored beside a model, all of it or nothing.

        Raises `CheckpointError` for what does not fit.
        """
    def go_on_from(self, calls: int, skipped: int) -> None:
        """Count on from so many `calls`, and so many that were passed over, `skipped`."""
    def convert(
        self,
        *,
        states: str | Mapping[str, str] | adamas.runtime.kept.Kept = ...,
        master: str | adamas.runtime.kept.Kept | None = ...,
    ) -> None:
        """Store the state otherwise from now on, as `adamas.Optimizer.convert` does it.

        The optimizer has other variables then, so that it is for between two calls of ``fit``. With
        TensorFlow a model is compiled again after it, with the optimizer that it has.

        Args:
            states: how slots are stored.
            master: where the weights of variables of 16 bits are exact.

        Raises:
            ConfigurationError, ArgumentError: values that the optimizer cannot have.
            StateError: it is not built.
            CheckpointError: it stands between updates, and its sums are not all of adamas. Nothing
                has changed then.
        """
    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Sequence[Any] | None = None,
        **given: Any,
    ) -> None:
        """One call: update the variables from their gradients, whatever signals come.

        Args:
            grads: one for each variable.
            trainable_variables: those of them, at least at the first call without `build`.
            given: what the optimizer asks for beside gradients, by name, such as ``loss=``. Keras's
                ``fit`` gives nothing: a ``train_step`` of one's own does.
        """
    def stateless_apply(
        self,
        optimizer_variables: Any,
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
        **given: Any,
    ) -> Any:
        """One call as a function of values: the new ones, and those of the optimizer's variables.

        Args:
            optimizer_variables: the values of the optimizer's variables.
            grads: one for each of the model's.
            trainable_variables: the values of those.
            given: as of `apply`.

        Raises `StateError` for values of other shapes than the variables it was built for.
        """
    def flush(self, **given: Any) -> bool:
        """Make an update with the mean of the calls that are pending; whether it made one.

        As `adamas.Optimizer.flush`: for the end of an epoch, as a callback of Keras does it in
        ``on_epoch_end``. Keras counts calls alone, by which it knows where a group begins: those
        that were missing are counted too. Variables that their gradient overwrites wait.

        Args:
            given: as of `apply`, for the update.
        """
    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Write the averages into the variables, if there are any; `fit` does it in the end.

        Args:
            var_list: the variables.

        It warns of variables that it was not built for: on JAX, `fit` hands over values alone.
        """

class KerasSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of adamas as one of Keras.

    Args:
        schedule: it, or what `adamas.schedules.serialize` made of it.
    """
    def __init__(self, schedule: Any) -> None:
        ...
    def __call__(self, step: Any) -> Any:
        """The rate at a step, which is a variable or a tensor."""
    def get_config(self) -> dict[str, Any]:
        """The schedule's description; a plain function has none."""

class ACProp(KerasOptimizer):
    """ACProp: AdaBelief whose steps are the gradient, by the surprises of the updates before.

    Zhuang, Ding, Tang et al., NeurIPS 2021, https://arxiv.org/abs/2110.05454, Algorithm 2:

        p ← p − lr g / (√(s / (1 − β₂ᵗ⁻¹)) + ε)     by the s of the update before; at first by 1
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₂)((g − m)² − s) + ε̄  mean square of what was not expected

    ε̄ is ``epsilon_root``; with None it is ε. optax takes the m of the update before in s, which
    makes s 1 / β₁² times as large. PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            squares of what was not expected each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-16): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'acprop'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None, 1e-16 with convention 'optax'):
            ε̄, added to that mean in every update; None is epsilon.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-16,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'acprop',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class AdaBelief(KerasOptimizer):
    """AdaBelief: steps by the belief in observed gradients.

    Zhuang, Tang, Ding et al., NeurIPS 2020, https://arxiv.org/abs/2010.07468, Algorithm 2:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₂)((g − m)² − s) + ε̄  mean square of what was not expected
        α ← lr √(1 − β₂ᵗ) / (1 − β₁ᵗ)       step size, corrected for m = s = 0 at t = 0
        p ← p − α m / (√s + √(1 − β₂ᵗ) ε)

    ε̄ is ``epsilon_root``; with None it is ε, as in the paper. optax has both, and its default of
    each is 1e-16; PyTorch and Keras do not have the optimizer.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            squares of what was not expected each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-16): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'ada_belief'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None, 1e-16 with convention 'optax'):
            ε̄, added to that mean in every update; None is epsilon.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-16,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'ada_belief',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class Adadelta(KerasOptimizer):
    """Adadelta: the step so far over the gradient so far.

    Zeiler, 2012, https://arxiv.org/abs/1212.5701, Algorithm 1, where lr is 1:

        v ← v + (1 − ρ)(g² − v)             mean square of the gradient
        d ← √(s + ε) / √(v + ε) g           step
        s ← s + (1 − ρ)(d² − s)             mean square of the steps
        p ← p − lr d

    PyTorch and optax differ in the defaults only, and PyTorch's and optax's ``weight_decay`` is L2
    regularization.

    Args:
        learning_rate (Rate, at least 0; default 0.001, 1.0 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        rho (Hyperparameter, at least 0, at most 1; default 0.95, 0.9 with convention 'torch' or 'optax'):
            how much of the mean of squared gradients each update keeps: it remembers about 1 / (1 −
            rho) updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-06 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adadelta'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    rho: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        rho: Hyperparameter = 0.95,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adadelta',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Adafactor(KerasOptimizer):
    """Adafactor: for an n × m matrix it remembers n + m numbers.

    Shazeer and Stern, ICML 2018, https://arxiv.org/abs/1804.04235, Algorithms 4 and 5; the last two
    axes of a tensor are a matrix, δ is beta_2_decay, d is clip_threshold, RMS(x) = √mean(x²):

        β ← 1 − tᵟ
        r ← β r + (1 − β) mean of each row of (g² + ε₁)
        c ← β c + (1 − β) mean of each column of (g² + ε₁)
        v ← r c / mean(r)                   for vectors v ← β v + (1 − β)(g² + ε₁)
        u ← g / √v
        p ← p − max(ε₂, RMS(p)) ρ u / max(1, RMS(u) / d)      ρ = min(lr, 1/√t), or lr itself
                                                              with ``relative_step=False``
    In PyTorch ε₁ is a lower bound of mean(r) and √v instead; None is the spacing of p's dtype.
    Keras takes min(lr, 1/√t) also with ``relative_step=False``; here, as its documentation says, lr
    is then used as given: give 1/√t as a schedule for the same.
    optax has ρ = lr, factors from 128 × 128 on (``least_factored``), and decays by weight_decay
    alone, not times lr.

    Args:
        learning_rate (Rate, at least 0; default 0.001, 0.01 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        beta_2_decay (Hyperparameter, less than 0; default -0.8): δ, the power by which means of
            squares come to remember more.
        epsilon_1 (Hyperparameter or None, at least 0; default 1e-30, None with convention 'torch'):
            ε₁, added to squares.
        epsilon_2 (Hyperparameter, at least 0; default 0.001): ε₂, the least root mean square of a
            parameter that steps are in proportion to.
        clip_threshold (Hyperparameter, greater than 0; default 1.0): d, the largest root mean
            square of u.
        relative_step (bool; default True, False with convention 'optax'): whether steps are at most
            1/√t.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adafactor'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        scale_by_weights (bool; default True): whether steps are in proportion to the weights:
            max(ε₂, RMS(p)), or 1.
        least_factored (int from 1 or None; default None): matrices whose axes are both at least so
            long are factored; None: all, with convention "optax" from 128 on.
    """
    beta_2_decay: Setting[Hyperparameter]
    epsilon_1: Setting[Hyperparameter | None]
    epsilon_2: Setting[Hyperparameter]
    clip_threshold: Setting[Hyperparameter]
    relative_step: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    scale_by_weights: bool
    least_factored: int | None
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_2_decay: Hyperparameter = -0.8,
        epsilon_1: Hyperparameter | None = 1e-30,
        epsilon_2: Hyperparameter = 0.001,
        clip_threshold: Hyperparameter = 1.0,
        relative_step: bool = True,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adafactor',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        scale_by_weights: bool = True,
        least_factored: int | None = None,
    ) -> None: ...

class Adagrad(KerasOptimizer):
    """Adagrad: adaptive subgradient method.

    Duchi, Hazan and Singer, JMLR 12 (2011), https://jmlr.org/papers/v12/duchi11a.html, Figure 1
    with diagonal matrices:

        a ← a + g²                          from initial_accumulator_value
        p ← p − lr g / √(a + ε)

    In PyTorch ε is outside the root, √a + ε, and with its ``learning_rate_decay`` δ lr becomes
    lr / (1 + (t − 1) δ). In optax weights with a = 0 stay where they are, whatever ε is.

    Args:
        learning_rate (Rate, at least 0; default 0.001, 0.01 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        initial_accumulator_value (Hyperparameter, at least 0; default 0.1, 0.0 with convention 'torch'):
            what the sum of squared gradients begins with.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-10 with convention 'torch'): keeps
            what is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adagrad'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        learning_rate_decay (Hyperparameter, at least 0; default 0.0): δ, by which lr falls from
            update to update; PyTorch's lr_decay.
    """
    initial_accumulator_value: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    learning_rate_decay: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        initial_accumulator_value: Hyperparameter = 0.1,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adagrad',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        learning_rate_decay: Hyperparameter = 0.0,
    ) -> None: ...

class AdaHessian(KerasOptimizer):
    """AdaHessian: adaptive steps by an estimate D of the diagonal of the Hessian.

    Yao, Gholami, Shen, Mustafa, Keutzer and Mahoney, AAAI 2021, https://arxiv.org/abs/2006.00719,
    Algorithm 1 and equations 10 to 12, whose Hessian power is k:

        m ← m + (1 − β₁)(g − m)
        v ← v + (1 − β₂)(D² − v)
        p ← p − lr m̂ / (v̂^(k/2) + ε)        m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)

    Each call must be given D: ``apply(grads, hessian=tree)``, by Hutchinson's estimate
    (``adamas.torch.hessian_diagonal``, ``adamas.jax.hessian_diagonal``). The paper's mean over
    blocks of weights is a matter of that tree: for a kernel of a convolution in PyTorch,
    ``d.abs().mean((-2, -1), keepdim=True).expand_as(d)``.

    Args:
        learning_rate (Rate, at least 0; default 0.15): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 0.0001): keeps what is divided by away from 0;
            the equations say where it is added.
        hessian_power (Hyperparameter, at least 0, at most 1; default 1.0): k, between gradient
            descent with momentum, 0, and steps of Newton's kind, 1.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'ada_hessian'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    hessian_power: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.15,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 0.0001,
        hessian_power: Hyperparameter = 1.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'ada_hessian',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Adam(KerasOptimizer):
    """Adam: adaptive moment estimation.

    Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980, Algorithm 1 in the form of the end
    of its section 2, so that epsilon is the paper's "epsilon hat":

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        α ← lr √(1 − β₂ᵗ) / (1 − β₁ᵗ)       step size, corrected for m = v = 0 at t = 0
        p ← p − α m / (√v + ε)

    With ``amsgrad=True`` (Reddi, Kale and Kumar, ICLR 2018, https://arxiv.org/abs/1904.09237,
    Algorithm 2) the step divides by the root of the largest v so far:

        v̂ ← max(v̂, v)
        p ← p − α m / (√v̂ + ε)

    In PyTorch and optax ε is added to the corrected √(v / (1 − β₂ᵗ)). PyTorch's ``weight_decay`` is
    L2 regularization; optax takes the largest of the corrected v. ``epsilon_root`` is added to the
    corrected v, inside the root.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        amsgrad (bool; default False): divide by the root of the largest second moment so far.
            Reddi, Kale and Kumar, ICLR 2018.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adam'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    amsgrad: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        amsgrad: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class AdamMini(KerasOptimizer):
    """Adam-mini: one rate for each block of weights.

    Zhang, Chen, Li et al., ICLR 2025, https://arxiv.org/abs/2406.16793, Algorithm 1, with a block
    for each unit of a matrix, and for each other tensor:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(mean(g²) − v)      of the block: one number
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

    So v takes next to no memory. A block for each head is what the weights [heads, in, out] are
    with ``units="tensor"`` and a parameter for each; no library here has it.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adam_mini'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        units ('columns', 'rows' or 'tensor'; default 'columns'): what has a v of its own in a
            tensor of two or more axes: "columns", the units of weights [in, out] as in Keras and
            JAX, "rows", those of PyTorch's [out, in], or "tensor".
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    units: Literal['columns', 'rows', 'tensor']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adam_mini',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        units: Literal['columns', 'rows', 'tensor'] = 'columns',
    ) -> None: ...

class Adamax(KerasOptimizer):
    """Adamax: Adam in the infinity norm.

    Kingma and Ba, ICLR 2015, https://arxiv.org/abs/1412.6980, Algorithm 2, with ε added:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        u ← max(β₂ u, |g|)                  its largest magnitude, fading
        p ← p − lr / (1 − β₁ᵗ) m / (u + ε)

    In PyTorch and optax ε is inside the maximum, and so in the state:

        u ← max(β₂ u, |g| + ε)
        p ← p − lr / (1 − β₁ᵗ) m / u

    Args:
        learning_rate (Rate, at least 0; default 0.001, 0.002 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, at most 1; default 0.999): how much of the largest
            magnitude each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adamax'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adamax',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class AdamaxW(KerasOptimizer):
    """AdamaxW: Adamax with decoupled weight decay.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, applied to `Adamax`; λ is
    ``weight_decay``, and None or 0 switch it off:

        p ← p − lr λ p                      decay, apart from the gradient
        p, m, u ← as in `Adamax`

    In optax the default of λ is 1e-4, and ε is inside the maximum. Keras and PyTorch do not have
    it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        weight_decay (Hyperparameter or None, at least 0; default 0.004, 0.0001 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, at most 1; default 0.999): how much of the largest
            magnitude each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'optax'): keeps
            what is divided by away from 0; the equations say where it is added.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adamax_w'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    weight_decay: Setting[Hyperparameter | None]
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        weight_decay: Hyperparameter | None = 0.004,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adamax_w',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class AdamW(KerasOptimizer):
    """AdamW: Adam with decoupled weight decay.

    Loshchilov and Hutter, ICLR 2019, https://arxiv.org/abs/1711.05101, Algorithm 2; λ is
    ``weight_decay``, and None or 0 switch it off:

        p ← p − lr λ p                      decay, apart from the gradient
        p, m, v ← as in `Adam`

    The libraries differ in ε as in `Adam`, and in the default of λ: 0.01 in PyTorch, 1e-4 in optax.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        weight_decay (Hyperparameter or None, at least 0; default 0.004, 0.01 with convention 'torch', 0.0001 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        amsgrad (bool; default False): divide by the root of the largest second moment so far.
            Reddi, Kale and Kumar, ICLR 2018.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adam_w'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False, True with convention 'torch'): each update
            takes rate · weight_decay · p off p, before the rule and whatever ``convention`` means
            by decay; without a convention that is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    weight_decay: Setting[Hyperparameter | None]
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    amsgrad: bool
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        weight_decay: Hyperparameter | None = 0.004,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        amsgrad: bool = False,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adam_w',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class Adan(KerasOptimizer):
    """Adan: adaptive Nesterov momentum.

    Xie, Zhou, Li, Lin and Yan, TPAMI 2024, https://arxiv.org/abs/2208.06677, Algorithm 1, where the
    paper's βᵢ are 1 − βᵢ here; the difference d of the first update is 0:

        d ← g − last
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(d − v)             mean of its differences
        n ← n + (1 − β₃)((g + β₂ d)² − n)   mean square of the gradient ahead
        p ← p − lr (m̂ + β₂ v̂) / (√n̂ + ε)
        last ← g

    m̂, v̂ and n̂ are corrected for having begun as 0. optax writes (1 − β₂) where β₂ stands in n and
    in p, as the paper's β₂ is there, and has ``epsilon_root`` beside n̂. PyTorch and Keras do not
    have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.98): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.92): how much of the mean of
            differences each update keeps.
        beta_3 (Hyperparameter, at least 0, less than 1; default 0.99): how much of the mean square
            each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adan'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None, 1e-08 with convention 'optax'):
            optax's eps_root: added to the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    beta_3: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.98,
        beta_2: Hyperparameter = 0.92,
        beta_3: Hyperparameter = 0.99,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adan',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class AdEMAMix(KerasOptimizer):
    """AdEMAMix: a fast mean of gradients and a slow one.

    Pagliardini, Ablin and Grangier, ICLR 2025, https://arxiv.org/abs/2409.03137, Algorithm 1:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        s ← s + (1 − β₃)(g − s)             slow mean, which is not corrected
        v ← v + (1 − β₂)(g² − v)            mean of its square
        p ← p − lr (m / (1 − β₁ᵗ) + α s) / (√(v / (1 − β₂ᵗ)) + ε)

    In the first T updates, ``warmup_steps``, α grows linearly to its value, and β₃ from β₁ so that
    the half-life of s does (equation in section 3). optax has functions of the update in the place
    of T; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        beta_3 (Hyperparameter, greater than 0, less than 1; default 0.9999): how much of the slow
            mean each update keeps.
        alpha (Hyperparameter, at least 0; default 5.0): what the slow mean weighs beside the fast
            one.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'ad_emamix'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        warmup_steps (Hyperparameter, at least 0; default 0): T, updates in which alpha and beta_3
            grow to their values; 0 for none.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    beta_3: Setting[Hyperparameter]
    alpha: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    warmup_steps: Setting[Hyperparameter]
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        beta_3: Hyperparameter = 0.9999,
        alpha: Hyperparameter = 5.0,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'ad_emamix',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        warmup_steps: Hyperparameter = 0,
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class ADOPT(KerasOptimizer):
    """ADOPT: Adam that converges with any β₂.

    Taniguchi, Harada, Minegishi et al., NeurIPS 2024, https://arxiv.org/abs/2411.02853,
    Algorithm 2. The first update only sets v ← g²:

        u ← g / max(√v, ε)                  by the v of the update before
        u ← min(max(u, −c), c)              c = (t − 1)^¼, with clipping
        m ← m + (1 − β₁)(u − m)             mean of those
        p ← p − lr m                        with nesterov p ← p − lr (m + (1 − β₁)(u − m))
        v ← v + (1 − β₂)(g² − v)            mean of the square of the gradient

    optax has the same; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.9999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, greater than 0; default 1e-06): keeps what is divided by away from
            0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'adopt'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        nesterov (bool; default False): Nesterov's form of momentum, which looks one step ahead.
        clipping (bool; default True): no u is larger than (t − 1)^¼.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    nesterov: bool
    clipping: bool
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.9999,
        epsilon: Hyperparameter = 1e-06,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'adopt',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        nesterov: bool = False,
        clipping: bool = True,
    ) -> None: ...

class ASGD(KerasOptimizer):
    """ASGD: averaged stochastic gradient descent.

    Polyak and Juditsky, SIAM J. Control Optim. 30 (1992), https://doi.org/10.1137/0330046, in
    the form of Bottou's and of PyTorch's, where η begins as lr and μ as 1:

        p ← p − η (λ p + g)
        a ← a + μ (p − a)                   the average
        η ← lr / (1 + λ lr t)^α             for the next update, as μ is
        μ ← 1 / max(1, t − t₀)

    Evaluate with a: ``with optimizer.averaged(): ...``, or finalize_variable_values() at the end.
    Up to update t₀ + 1 it is p. Keras and optax do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.01): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        damping (Hyperparameter, at least 0; default 0.0001): λ, how much the weights and the rate
            fall.
        power (Hyperparameter, at least 0; default 0.75): α, PyTorch's alpha: how fast the rate
            falls.
        average_from (Hyperparameter, at least 0; default 1000000.0): t₀, the update from which on
            weights are averaged.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'asgd'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'torch'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    damping: Setting[Hyperparameter]
    power: Setting[Hyperparameter]
    average_from: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        damping: Hyperparameter = 0.0001,
        power: Hyperparameter = 0.75,
        average_from: Hyperparameter = 1000000.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'asgd',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class COCOB(KerasOptimizer):
    """COCOB: continuous coin betting, which needs no learning rate.

    Orabona and Tommasi, NeurIPS 2017, https://arxiv.org/abs/1705.07795, Algorithm 2, for each
    weight from where it started, p₁:

        L ← max(L, |g|)                     the largest gradient, from ε
        G ← G + |g|                         the sum of magnitudes
        r ← max(r − g (p − p₁), 0)          the reward
        θ ← θ − g                           the sum
        p ← p₁ + θ / (L max(G + L, α L)) (L + r)

    As in optax, ``learning_rate`` is 1 and scales g, and weight decay is L2 regularization. PyTorch
    and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 1.0): multiplies the gradient; leave it at 1.
        alpha (Hyperparameter, at least 0; default 100.0): α, how cautious the first bets are.
        epsilon (Hyperparameter, greater than 0; default 1e-08): ε, what the largest gradient begins
            with.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'cocob'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    alpha: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        alpha: Hyperparameter = 100.0,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'cocob',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class DAdaptAdam(KerasOptimizer):
    """D-Adaptation of Adam: the rate is a lower bound of the distance to the solution.

    Defazio and Mishchenko, ICML 2023, https://arxiv.org/abs/2301.07733, Algorithm 5, with r and
    the sum of |s| over all weights of all tensors; d begins as ``first_distance``:

        α ← lr d √(1 − β₂ᵗ) / (1 − β₁ᵗ)     step size, corrected for m = v = 0 at t = 0
        r ← √β₂ r + (1 − √β₂) α ⟨g, s / (√v + ε)⟩
        m ← β₁ m + (1 − β₁) α g             mean of the steps
        v ← v + (1 − β₂)(g² − v)            mean of the gradient's square
        s ← √β₂ s + (1 − √β₂) α g
        d ← max(d, r / ((1 − √β₂) Σ |s|))
        p ← p − m / (√v + ε) − weight_decay α p

    Nothing moves while the sum of |s| is 0. The rate is a factor of the estimate: leave it at 1, or
    let a schedule bring it to 0.

    Args:
        learning_rate (Rate, at least 0; default 1.0): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, greater than 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'dadapt_adam'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        first_distance (Hyperparameter, greater than 0; default 1e-06): the estimate to begin with,
            which must be small.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    first_distance: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'dadapt_adam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        first_distance: Hyperparameter = 1e-06,
    ) -> None: ...

class DoG(KerasOptimizer):
    """DoG: the distance from the first weights over the length of all gradients.

    Ivgi, Hinder and Carmon, ICML 2023, https://arxiv.org/abs/2302.12022, equation 1, with norms
    over all weights of all tensors; p begins as p₀:

        r ← max(r, ‖p − p₀‖)                the largest distance, from r₀
        G ← G + ‖g‖²                        gradients so far
        p ← p − lr r g / √(G + ε)

    r₀ is ``first_distance`` (1 + ‖p₀‖), as the paper says, or without ``relative`` just that. With
    ``first_rate`` r begins as 0, and the first update has that rate. The authors evaluate with
    averages of the weights: ``use_ema=True``. Weight decay joins the gradient.

    Args:
        learning_rate (Rate, at least 0; default 1.0): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        relative (bool; default True): whether r₀ is in proportion to 1 + ‖p₀‖.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'do_g'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        first_distance (Hyperparameter, at least 0; default 1e-06): what r₀ is made of; it must be
            small.
        first_rate (Hyperparameter or None, greater than 0; default None): the rate of the first
            update in place of r₀; None for r₀.
    """
    epsilon: Setting[Hyperparameter]
    relative: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    first_distance: Setting[Hyperparameter]
    first_rate: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        epsilon: Hyperparameter = 1e-08,
        relative: bool = True,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'do_g',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        first_distance: Hyperparameter = 1e-06,
        first_rate: Hyperparameter | None = None,
    ) -> None: ...

class DoWG(KerasOptimizer):
    """DoWG: the squared distance over the length of gradients, each weighted by its distance.

    Khaled, Mishchenko and Jin, NeurIPS 2023, https://arxiv.org/abs/2305.16284, Algorithm 1, with
    norms over all weights of all tensors; p begins as p₀:

        r² ← max(r², ‖p − p₀‖²)             the largest distance squared, from first_distance
        v ← v + r² ‖g‖²                     weighted gradients so far
        p ← p − lr r² g / (√v + ε)

    Weight decay joins the gradient.

    Args:
        learning_rate (Rate, at least 0; default 1.0): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        epsilon (Hyperparameter, at least 0; default 0.0001): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'do_wg'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        first_distance (Hyperparameter or None, at least 0; default None): r² to begin with, which
            must be small; None is epsilon.
    """
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    first_distance: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        epsilon: Hyperparameter = 0.0001,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'do_wg',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        first_distance: Hyperparameter | None = None,
    ) -> None: ...

class Fromage(KerasOptimizer):
    """Fromage: Frobenius matched gradient descent.

    Bernstein, Vahdat, Yue and Liu, NeurIPS 2020, https://arxiv.org/abs/2002.03432, Algorithm 1:

        p ← (p − lr ‖p‖ / ‖g‖ g) / √(1 + lr²)       norms of the whole tensor, at least min_norm

    optax has the same; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        min_norm (Hyperparameter, greater than 0; default 1e-06): what norms are at least.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'fromage'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    min_norm: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        min_norm: Hyperparameter = 1e-06,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'fromage',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Ftrl(KerasOptimizer):
    """FTRL-Proximal: online learning with weights that are exactly 0.

    McMahan, Holt, Sculley et al., KDD 2013, https://research.google.com/pubs/archive/41159.pdf,
    Algorithm 1, with s(n) = n^−q, the root for learning_rate_power q = −½:

        z ← z + g + 2 λₛ p − (s(n + g²) − s(n)) / lr · p        λₛ: l2_shrinkage_…
        n ← n + g²                                 from initial_accumulator_value
        p ← 0                                      where |z| ≤ λ₁
        p ← −(z − λ₁ sign(z)) / ((β + s(n)) / lr + 2 λ₂)        elsewhere

    The sum begins empty: the first step makes p (1 − s(n) / s(n + g²)) of trained weights, about 0,
    but with ``initial_accumulator_value=0``. Only Keras has it, with NaN for 0 / 0 where |z| ≤ λ₁.

    Args:
        learning_rate (Rate, greater than 0; default 0.001): size of a step. A schedule, or a
            function of the step, gives that of each call of `apply`, counted from 0.
        learning_rate_power (Hyperparameter, at most 0; default -0.5): q, by which rates fall as
            squares add up.
        initial_accumulator_value (Hyperparameter, at least 0; default 0.1): what the sum of squared
            gradients begins with.
        l1_regularization_strength (Hyperparameter, at least 0; default 0.0): λ₁; the larger, the
            more weights are exactly 0.
        l2_regularization_strength (Hyperparameter, at least 0; default 0.0): λ₂, which draws
            weights towards 0.
        l2_shrinkage_regularization_strength (Hyperparameter, at least 0; default 0.0): λₛ, the same
            by the gradient.
        beta (Hyperparameter, at least 0; default 0.0): β, which makes first steps shorter.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'ftrl'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    learning_rate_power: Setting[Hyperparameter]
    initial_accumulator_value: Setting[Hyperparameter]
    l1_regularization_strength: Setting[Hyperparameter]
    l2_regularization_strength: Setting[Hyperparameter]
    l2_shrinkage_regularization_strength: Setting[Hyperparameter]
    beta: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        learning_rate_power: Hyperparameter = -0.5,
        initial_accumulator_value: Hyperparameter = 0.1,
        l1_regularization_strength: Hyperparameter = 0.0,
        l2_regularization_strength: Hyperparameter = 0.0,
        l2_shrinkage_regularization_strength: Hyperparameter = 0.0,
        beta: Hyperparameter = 0.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'ftrl',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class GaLore(KerasOptimizer):
    """GaLore: gradients of low rank, whose means take less memory.

    Zhao et al., ICML 2024, https://arxiv.org/abs/2403.03507, Algorithm 2; for n × m matrices g of
    which n is the smaller side, else for gᵀ:

        Q ← the first k left singular vectors of g, in every update_proj_gap-th update
        r ← Qᵀ g                                k × m, k is rank
        m ← m + (1 − β₁)(r − m)
        v ← v + (1 − β₂)(r² − v)
        p ← p − α scale Q (m / (√v + ε))        α is Adam's, adam_beta_1 and adam_beta_2 are its β

    Each vector of Q points as the one that it follows, as m and v stay. A matrix with a side of at
    most k needs none, and takes AdamW, as all other tensors do: `MatrixOptimizer`.

    galore-torch takes gᵀ of square matrices; optax takes the larger side, and adds ε to the
    corrected root.

    Args:
        learning_rate (Rate, at least 0; default 0.01): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'ga_lore'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        rank (whole Hyperparameter, at least 1; default 128): how many directions.
        update_proj_gap (whole Hyperparameter, at least 1; default 200): how many updates go by
            between two looks for them.
        scale (Hyperparameter, at least 0; default 0.25): the rate of matrices is so many times
            learning_rate.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    rank: Setting[Whole]
    update_proj_gap: Setting[Whole]
    scale: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'ga_lore',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        rank: Whole = 128,
        update_proj_gap: Whole = 200,
        scale: Hyperparameter = 0.25,
    ) -> None: ...

class KLShampoo(KerasOptimizer):
    """KL-Shampoo: gradients made white by the two covariances that are nearest to theirs.

    Lin, Lowe, Dangel, Eschenhagen, Xu and Grosse, ICLR 2026, https://arxiv.org/abs/2509.03378, as
    its authors run it; for n × k matrices g, L = Qₗ diag(l) Qₗᵀ and R = Qᵣ diag(r) Qᵣᵀ nearly:

        m ← m + (1 − β₁)(g − m)                  its mean
        p ← p − lr Qₗ (Qₗᵀ m Qᵣ / (√(l rᵀ) + ε)) Qᵣᵀ
        L, R ← β₃ L + (1 − β₃) g R⁻¹ gᵀ / k, β₃ R + (1 − β₃) gᵀ L⁻¹ g / n
        l, r ← the same of their diagonals in these bases
        Qₗ, Qᵣ ← QR(L Qₗ), QR(R Qᵣ)              in every precondition_frequency-th update

    No 1 / √l is more than max(n, 10) or 4,000, and no 1 / √r than max(k, 10) or 4,000.
    The first update takes the other covariance as 1, finds Qₗ and Qᵣ as eigenvectors and moves
    nothing. Other tensors take AdamW: `MatrixOptimizer`.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'klshampoo'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much the mean of
            gradients keeps.
        shampoo_beta (Hyperparameter, at least 0, less than 1; default 0.98): β₃, how much the
            covariances L and R keep.
        precondition_frequency (whole Hyperparameter, at least 1; default 10): how many updates go
            by between two looks for bases.
        first_eigenvalue (Hyperparameter, greater than 0; default 0.1): what l and r begin with.
        max_size (whole Hyperparameter, at least 1; default 10000): a side with more rows or columns
            has no matrix, which is taken as 1.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    beta_1: Setting[Hyperparameter]
    shampoo_beta: Setting[Hyperparameter]
    precondition_frequency: Setting[Whole]
    first_eigenvalue: Setting[Hyperparameter]
    max_size: Setting[Whole]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'klshampoo',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        beta_1: Hyperparameter = 0.9,
        shampoo_beta: Hyperparameter = 0.98,
        precondition_frequency: Whole = 10,
        first_eigenvalue: Hyperparameter = 0.1,
        max_size: Whole = 10000,
    ) -> None: ...

class KLSOAP(KerasOptimizer):
    """KL-SOAP: Adam in the eigenbases of KL-Shampoo's covariances.

    Lin, Lowe, Dangel, Eschenhagen, Xu and Grosse, ICLR 2026, https://arxiv.org/abs/2509.03378, as
    its authors run it. Covariances, their eigenvalues and bases are those of `KLShampoo`; in place
    of its first two lines:

        G ← Qₗᵀ g Qᵣ                            the gradient in the eigenbases
        m ← m + (1 − β₁)(G − m)                 its mean
        v ← v + (1 − β₂)(G² − v)                and that of its square, there
        p ← p − lr Qₗ (m / (√v + ε)) Qᵣᵀ

    With new bases m is turned into them; v is not. Means are not corrected for their start, as
    SOAP's are. heavyball corrects them, and has the eigenvalues anew from the covariances.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'klsoap'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much the means of
            gradients and of their squares keep.
        shampoo_beta (Hyperparameter, at least 0, less than 1; default 0.98): β₃, how much the
            covariances L and R keep.
        precondition_frequency (whole Hyperparameter, at least 1; default 10): how many updates go
            by between two looks for bases.
        first_eigenvalue (Hyperparameter, greater than 0; default 0.1): what l and r begin with.
        max_size (whole Hyperparameter, at least 1; default 10000): a side with more rows or columns
            has no matrix, which is taken as 1.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.98): how much the means of
            gradients and of their squares keep.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    beta_1: Setting[Hyperparameter]
    shampoo_beta: Setting[Hyperparameter]
    precondition_frequency: Setting[Whole]
    first_eigenvalue: Setting[Hyperparameter]
    max_size: Setting[Whole]
    beta_2: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'klsoap',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        beta_1: Hyperparameter = 0.9,
        shampoo_beta: Hyperparameter = 0.98,
        precondition_frequency: Whole = 10,
        first_eigenvalue: Hyperparameter = 0.1,
        max_size: Whole = 10000,
        beta_2: Hyperparameter = 0.98,
    ) -> None: ...

class Lamb(KerasOptimizer):
    """Lamb: layerwise adaptive large batch optimization.

    You, Li, Reddi et al., ICLR 2020, https://arxiv.org/abs/1904.00962, Algorithm 2, with φ(x) = x:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        r ← (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
        p ← p − lr ‖p‖ / ‖r‖ r              norms of the whole tensor; the ratio is 1 where one is 0

    In optax r includes ``weight_decay`` · p, as in the paper; in Keras the decay is decoupled.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-06 with convention 'optax'): keeps
            what is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'lamb'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'lamb',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class LaProp(KerasOptimizer):
    """LaProp: momentum apart from adaptivity.

    Ziyin, Wang and Ueda, 2020, https://arxiv.org/abs/2002.04839, Algorithm 1:

        v ← v + (1 − β₂)(g² − v)            mean of the square of the gradient
        u ← g / (√(v / (1 − β₂ᵗ)) + ε)
        m ← m + (1 − β₁)(u − m)             mean of those
        p ← p − lr m / (1 − β₁ᵗ)

    No library here has it.

    Args:
        learning_rate (Rate, at least 0; default 0.0004): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of steps
            each update keeps.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-15): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'la_prop'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.0004,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-15,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'la_prop',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class LARS(KerasOptimizer):
    """LARS: layerwise adaptive rates.

    You, Gitman and Ginsburg, 2017, https://arxiv.org/abs/1708.03888, Algorithm 1; η is
    ``trust_coefficient`` and μ ``momentum``:

        r ← η ‖p‖ / (‖g‖ + ε)               norms of the whole tensor; 1 where one of them is 0
        b ← μ b − lr r g                    g with weight decay, which is L2 regularization
        p ← p + b                           with nesterov p ← p + μ b − lr r g

    Vectors and what is excluded have r = 1: those are biases and scales, as in the authors' runs.
    In optax vectors have an r as well.

    Args:
        learning_rate (Rate, at least 0; default 1.0, none with convention 'optax'): size of a step.
            A schedule, or a function of the step, gives that of each call of `apply`, counted from
            0.
        momentum (Hyperparameter, at least 0; default 0.9): how much of the last step the next one
            keeps; 0 for none, and no memory for it.
        trust_coefficient (Hyperparameter, at least 0; default 0.001): η, how large a step is beside
            the weights.
        epsilon (Hyperparameter, at least 0; default 0.0): keeps what is divided by away from 0; the
            equations say where it is added.
        nesterov (bool; default False): Nesterov's form of momentum, which looks one step ahead.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'lars'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        exclude_layers (list of str; default ()): patterns (regular expressions); tensors in whose
            name one of them is found have r = 1.
        vectors (bool; default False, True with convention 'optax'): whether tensors of fewer than
            two axes have an r.
    """
    momentum: Setting[Hyperparameter]
    trust_coefficient: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    nesterov: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    exclude_layers: Sequence[str]
    vectors: bool
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        momentum: Hyperparameter = 0.9,
        trust_coefficient: Hyperparameter = 0.001,
        epsilon: Hyperparameter = 0.0,
        nesterov: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'lars',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        exclude_layers: Sequence[str] = (),
        vectors: bool = False,
    ) -> None: ...

class Lion(KerasOptimizer):
    """Lion: evolved sign momentum.

    Chen, Liang, Huang et al., NeurIPS 2023, https://arxiv.org/abs/2302.06675, Algorithm 2:

        p ← p − lr sign(m + (1 − β₁)(g − m))
        m ← m + (1 − β₂)(g − m)             mean of the gradient

    It needs a smaller lr and more weight decay than Adam: a third to a tenth, and as much more.
    optax differs in its default of ``weight_decay``, 1e-3; PyTorch does not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, greater than 0, at most 1; default 0.9): how much of what the sign
            is taken of is the mean, and not the gradient.
        beta_2 (Hyperparameter, at least 0, at most 1; default 0.99): how much of the mean of
            gradients each update keeps.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.001 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'lion'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.99,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'lion',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class MADGRAD(KerasOptimizer):
    """MADGRAD: momentumized, adaptive, dual averaged gradient.

    Defazio and Jelassi, JMLR 2022, https://arxiv.org/abs/2101.11075, Algorithm 1, from where a
    weight started, p₁; μ is ``momentum``, the paper's 1 − c:

        λ ← (lr + ε) √t
        s ← s + λ g                         the sum of gradients
        v ← v + λ g²                        the sum of their squares
        z ← p₁ − s / (∛v + ε)
        p ← (1 − μ) z + μ p

    Weight decay is L2 regularization, as in optax, which has the same. It wants less of it than
    others, often none. PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        momentum (Hyperparameter, at least 0, less than 1; default 0.9): how much of p stays in each
            update.
        epsilon (Hyperparameter, at least 0; default 1e-06): is added to the rate and to the root.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'madgrad'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    momentum: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        momentum: Hyperparameter = 0.9,
        epsilon: Hyperparameter = 1e-06,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'madgrad',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class MARS(KerasOptimizer):
    """MARS: make variance reduction shine, with AdamW.

    Yuan, Liu, Wu, Zhou and Gu, ICML 2025, https://arxiv.org/abs/2411.10438, Algorithm 2 in its
    approximate form, with the gradient of the update before; the first has no difference:

        c ← g + γ β₁ / (1 − β₁) (g − last)
        c ← c / max(‖c‖, 1)                 norm of the whole tensor
        m ← m + (1 − β₁)(c − m)
        v ← v + (1 − β₂)(c² − v)
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
        last ← g

    No library here has it.

    Args:
        learning_rate (Rate, at least 0; default 0.003): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.95): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.99): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        gamma (Hyperparameter, at least 0; default 0.025): γ, how much of the difference is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'mars'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    gamma: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.003,
        beta_1: Hyperparameter = 0.95,
        beta_2: Hyperparameter = 0.99,
        epsilon: Hyperparameter = 1e-08,
        gamma: Hyperparameter = 0.025,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'mars',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class MoMo(KerasOptimizer):
    """MoMo: steps to where a model of the loss, from all gradients so far, is the lowest.

    Schaipp, Ohana, Eickenberg, Defazio and Gower, ICML 2024, https://arxiv.org/abs/2305.07583,
    Algorithm 2, with sums over all tensors; the means begin with the first loss and gradient:

        f̄ ← β f̄ + (1 − β) loss              mean of the losses
        γ ← β γ + (1 − β) ⟨g, p⟩            and of what they take off
        m ← β m + (1 − β) g                 and of the gradients
        τ ← min(lr, max(f̄ − γ + ⟨m, p⟩ / s − f_*, 0) / (‖m‖² / s))
        p ← (p − τ m) / s                   s = 1 + lr · weight_decay

    f_* is ``lower_bound``, or an estimate above it (section 4, ``adapt_lower_bound``). Each call
    must be given the loss: ``apply(grads, loss=loss)``. Where some tensors do not decay, s is that
    of each. As in optax, whose p is p / s − τ m; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 1.0): the largest rate; give a large one.
        momentum (Hyperparameter, at least 0, less than 1; default 0.9): β, how much of the means
            each update keeps.
        lower_bound (Hyperparameter; default 0.0): f_*, the least loss there is.
        adapt_lower_bound (bool; default False): estimate f_* from the losses, where only a bound of
            it is known.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'mo_mo'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    momentum: Setting[Hyperparameter]
    lower_bound: Setting[Hyperparameter]
    adapt_lower_bound: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        momentum: Hyperparameter = 0.9,
        lower_bound: Hyperparameter = 0.0,
        adapt_lower_bound: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'mo_mo',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class MoMoAdam(KerasOptimizer):
    """MoMo-Adam: `MoMo` along the steps of Adam.

    Schaipp, Ohana, Eickenberg, Defazio and Gower, ICML 2024, https://arxiv.org/abs/2305.07583,
    Algorithm 3, with sums over all tensors:

        f̄ ← β₁ f̄ + (1 − β₁) loss            mean of the losses
        γ ← β₁ γ + (1 − β₁) ⟨g, p⟩          and of what they take off
        m ← β₁ m + (1 − β₁) g               and of the gradients
        v ← β₂ v + (1 − β₂) g²              and of their squares
        u ← m / (√(v / (1 − β₂ᵗ)) + ε)
        c ← 1 − β₁ᵗ
        τ ← min(lr / c, max(f̄ − γ + ⟨m, p⟩ / s − c f_*, 0) / (⟨m, u⟩ / s))
        p ← (p − τ u) / s                   s = 1 + lr · weight_decay

    All else is as in `MoMo`.

    Args:
        learning_rate (Rate, at least 0; default 0.01): the largest rate; give a large one.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        lower_bound (Hyperparameter; default 0.0): f_*, the least loss there is.
        adapt_lower_bound (bool; default False): estimate f_* from the losses, where only a bound of
            it is known.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'mo_mo_adam'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    lower_bound: Setting[Hyperparameter]
    adapt_lower_bound: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        lower_bound: Hyperparameter = 0.0,
        adapt_lower_bound: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'mo_mo_adam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Muon(KerasOptimizer):
    """Muon: momentum of matrices, orthogonalized.

    Jordan et al., 2024, https://kellerjordan.github.io/posts/muon, and for the size of a step Liu,
    Su et al., 2025, https://arxiv.org/abs/2502.16982, equation 4; for n × m matrices:

        m ← μ m + g                         μ is momentum
        u ← g + μ m                         with nesterov, else m
        p ← p − lr rms_rate √max(n, m) orthogonalized(u)

    orthogonalized(u) has u's singular vectors and singular values near 1, by ns_steps iterations
    from u / (‖u‖ + ns_epsilon), in PyTorch u / max(‖u‖, ns_epsilon). Others take AdamW.

    PyTorch and optax keep (1 − μ) m and without rms_rate, None by default there, scale by
    √max(1, n/m) and √max(1, m/n), as their matrices are [out, in] and [in, out]; Keras does not.
    optax corrects u for m = 0 at the start, for which μ < 1, and has Nadam's momentum in its AdamW.
    A run goes on bit for bit where BLAS, its number of threads and the processor are the same.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step by either rule; a `Schedule` or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004, None with convention 'optax'):
            the same for what AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'optax'): AdamW's
            ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004, 0.1 with convention 'torch', None with convention 'optax'):
            each update takes rate · weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'muon'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        muon_a (Hyperparameter; default 3.4445): the coefficients of x, x³ and x⁵ in each iteration.
        muon_b (Hyperparameter; default -4.775): the coefficients of x, x³ and x⁵ in each iteration.
        muon_c (Hyperparameter; default 2.0315): the coefficients of x, x³ and x⁵ in each iteration.
        momentum (Hyperparameter, at least 0; default 0.95): how much of the last step the next one
            keeps; 0 for none, and no memory for it.
        ns_steps (whole Hyperparameter, at least 0; default 5): how many iterations.
        ns_epsilon (Hyperparameter, at least 0; default 1e-07): keeps the norm that u is divided by
            away from 0.
        ns_precision ('float32', 'tf32' or 'bfloat16'; default 'float32', 'bfloat16' with convention 'torch'):
            how exact products of float32 are at least; tensors of PyTorch and JAX take "tf32" and
            "bfloat16", the default in PyTorch, where it is faster.
        polar_express (bool; default False): each iteration has the best coefficients for it, and
            singular values come nearer to 1; see `optimizers.polar_express`.
        nesterov (bool; default True): Nesterov's form of momentum, which looks one step ahead.
        rms_rate (Hyperparameter or None, greater than 0; default 0.2, None with convention 'torch' or 'optax'):
            root mean square of a step, in learning rates; None as in the paragraph above.
        block_rows (whole Hyperparameter or None, greater than 0; default None): each block of so
            many rows and columns is a matrix of its own, such as a head of attention: 64 rows of
            weights [heads · 64, in], or 64 columns.
        block_columns (whole Hyperparameter or None, greater than 0; default None): each block of so
            many rows and columns is a matrix of its own, such as a head of attention: 64 rows of
            weights [heads · 64, in], or 64 columns.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    muon_a: Setting[Hyperparameter]
    muon_b: Setting[Hyperparameter]
    muon_c: Setting[Hyperparameter]
    momentum: Setting[Hyperparameter]
    ns_steps: Setting[Whole]
    ns_epsilon: Setting[Hyperparameter]
    ns_precision: Literal['float32', 'tf32', 'bfloat16']
    polar_express: bool
    nesterov: bool
    rms_rate: Setting[Hyperparameter | None]
    block_rows: Setting[Whole | None]
    block_columns: Setting[Whole | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'muon',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        muon_a: Hyperparameter = 3.4445,
        muon_b: Hyperparameter = -4.775,
        muon_c: Hyperparameter = 2.0315,
        momentum: Hyperparameter = 0.95,
        ns_steps: Whole = 5,
        ns_epsilon: Hyperparameter = 1e-07,
        ns_precision: Literal['float32', 'tf32', 'bfloat16'] = 'float32',
        polar_express: bool = False,
        nesterov: bool = True,
        rms_rate: Hyperparameter | None = 0.2,
        block_rows: Whole | None = None,
        block_columns: Whole | None = None,
    ) -> None: ...

class Nadam(KerasOptimizer):
    """Nadam: Adam with Nesterov's momentum.

    Dozat, ICLR workshop 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ, with the
    schedule of momentum of Sutskever et al., ICML 2013, in the form of Dozat's report:

        μₜ ← β₁ (1 − ½ 0.96^(ψ t))          momentum of update t; ψ is momentum_decay
        Πₜ ← Πₜ₋₁ μₜ                        mu_product, from 1
        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        m̂ ← μₜ₊₁ m / (1 − Πₜ μₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)
        p ← p − lr m̂ / (√(v / (1 − β₂ᵗ)) + ε)

    PyTorch's default of ψ is 0.004; with None, as in optax, there is no schedule: μₜ = β₁.
    ``epsilon_root``, optax's eps_root, is added to v / (1 − β₂ᵗ) inside the root.

    Args:
        learning_rate (Rate, at least 0; default 0.001, 0.002 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): what the momentum grows to,
            and how much of the mean of gradients each update keeps.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'nadam'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        momentum_decay (Hyperparameter or None, at least 0; default 1.0, 0.004 with convention 'torch', None with convention 'optax'):
            ψ, how fast the momentum grows to beta_1; None: it is there from the start.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    momentum_decay: Setting[Hyperparameter | None]
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'nadam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        momentum_decay: Hyperparameter | None = 1.0,
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class NoisySGD(KerasOptimizer):
    """NoisySGD: gradient descent with Gaussian noise on the gradient.

    Neelakantan, Vilnis, Le et al., 2015, https://arxiv.org/abs/1511.06807, equation 1, whose t
    begins with 0; z is standard normal for each weight and update:

        g ← g + √(η / tᵞ) z
        p ← p − lr g

    With γ = 0 and √η = noise multiplier · norm / batch it is the noise of DP-SGD (Abadi et al.,
    CCS 2016, https://arxiv.org/abs/1607.00133, Algorithm 1) on the mean of gradients that were
    clipped example by example. optax's numbers z are others, of the same law.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        eta (Hyperparameter, at least 0; default 0.01): η, the variance of the noise in the first
            update.
        gamma (Hyperparameter, at least 0; default 0.55): γ, the power of the number of updates by
            which it falls.
        seed (whole Hyperparameter; default 0): a whole number from which all z come; its lower 32
            bits count.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'noisy_sgd'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    eta: Setting[Hyperparameter]
    gamma: Setting[Hyperparameter]
    seed: Setting[Whole]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        eta: Hyperparameter = 0.01,
        gamma: Hyperparameter = 0.55,
        seed: Whole = 0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'noisy_sgd',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class NorMuon(KerasOptimizer):
    """NorMuon: neuron-wise normalized Muon.

    Li, Liu, Liang, Chen and Zhao, 2025, https://arxiv.org/abs/2510.05491, Algorithm 1; for n × m
    matrices:

        m ← m + (1 − β₁)(g − m)             β₁ is momentum
        o ← orthogonalized(g + β₁ (m − g))  with nesterov, else of m; as in `Muon`
        v ← v + (1 − β₂)(mean(o²) − v)      of each unit: one number
        o ← o / (√v + ε)
        p ← p − lr rms_rate √(n m) / ‖o‖ o

    Other tensors take AdamW: `MatrixOptimizer`. No library here has it.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'nor_muon'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        momentum (Hyperparameter, at least 0, less than 1; default 0.95): how much of the last step
            the next one keeps; 0 for none, and no memory for it.
        units_beta (Hyperparameter, at least 0, less than 1; default 0.95): β₂, how much of the mean
            square of a unit's step each update keeps.
        muon_a (Hyperparameter; default 3.4445): the coefficients of x, x³ and x⁵ in each iteration.
        muon_b (Hyperparameter; default -4.775): the coefficients of x, x³ and x⁵ in each iteration.
        muon_c (Hyperparameter; default 2.0315): the coefficients of x, x³ and x⁵ in each iteration.
        ns_steps (whole Hyperparameter, at least 0; default 5): how many iterations.
        ns_precision ('float32', 'tf32' or 'bfloat16'; default 'float32'): how exact products of
            float32 are at least; see `Muon`.
        nesterov (bool; default True): Nesterov's form of momentum, which looks one step ahead.
        rms_rate (Hyperparameter, greater than 0; default 0.2): root mean square of a step, in
            learning rates.
        units ('columns' or 'rows'; default 'columns'): "columns", the units of weights [in, out] as
            in Keras and JAX, or "rows", those of PyTorch's [out, in].
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    momentum: Setting[Hyperparameter]
    units_beta: Setting[Hyperparameter]
    muon_a: Setting[Hyperparameter]
    muon_b: Setting[Hyperparameter]
    muon_c: Setting[Hyperparameter]
    ns_steps: Setting[Whole]
    ns_precision: Literal['float32', 'tf32', 'bfloat16']
    nesterov: bool
    rms_rate: Setting[Hyperparameter]
    units: Literal['columns', 'rows']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'nor_muon',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        momentum: Hyperparameter = 0.95,
        units_beta: Hyperparameter = 0.95,
        muon_a: Hyperparameter = 3.4445,
        muon_b: Hyperparameter = -4.775,
        muon_c: Hyperparameter = 2.0315,
        ns_steps: Whole = 5,
        ns_precision: Literal['float32', 'tf32', 'bfloat16'] = 'float32',
        nesterov: bool = True,
        rms_rate: Hyperparameter = 0.2,
        units: Literal['columns', 'rows'] = 'columns',
    ) -> None: ...

class NovoGrad(KerasOptimizer):
    """NovoGrad: normalized gradients with a second moment for each tensor.

    Ginsburg, Castonguay, Hrinchuk et al., 2019, https://arxiv.org/abs/1905.11286, Algorithm 1; the
    first v is ‖g‖², and λ is ``weight_decay``:

        v ← v + (1 − β₂)(‖g‖² − v)          of the whole tensor: one number
        m ← β₁ m + g / (√v + ε) + λ p
        p ← p − lr m

    optax has the same, and ``epsilon_root`` beside v; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the sum of steps
            each update keeps.
        beta_2 (Hyperparameter, at least 0, at most 1; default 0.25): how much of the mean of
            squared norms each update keeps.
        epsilon (Hyperparameter, at least 0; default 1e-06): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'novo_grad'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.25,
        epsilon: Hyperparameter = 1e-06,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'novo_grad',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class OptimisticAdam(KerasOptimizer):
    """Optimistic Adam: `OptimisticGradientDescent` with the steps of Adam.

    Daskalakis, Ilyas, Syrgkanis and Zeng, ICLR 2018, https://arxiv.org/abs/1711.00141, Algorithm 1:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        u ← m̂ / (√(v / (1 − β₂ᵗ)) + ε)      m̂ = m / (1 − β₁ᵗ), or with nesterov
                                            m̂ = β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)
        p ← p − lr ((α + β) u − β last)     the first update has last = u
        last ← u

    The same as optax's optimistic_adam_v2. PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'optimistic_adam'): prefix of the names in `variables`; that of the
            class, if it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        alpha (Hyperparameter; default 1.0): what the step of Adam weighs.
        beta (Hyperparameter; default 1.0): what its change since the update before weighs.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
        nesterov (bool; default True): Nesterov's form of momentum, which looks one step ahead.
    """
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    alpha: Setting[Hyperparameter]
    beta: Setting[Hyperparameter]
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    epsilon_root: Setting[Hyperparameter | None]
    nesterov: bool
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'optimistic_adam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        alpha: Hyperparameter = 1.0,
        beta: Hyperparameter = 1.0,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        epsilon_root: Hyperparameter | None = None,
        nesterov: bool = True,
    ) -> None: ...

class OptimisticGradientDescent(KerasOptimizer):
    """Optimistic gradient descent, which finds saddles where two play against each other.

    Mokhtari, Ozdaglar and Pattathil, AISTATS 2020, https://arxiv.org/abs/1901.08511, section 3; the
    first update has last = g:

        p ← p − lr ((α + β) g − β last)
        last ← g

    optax has the same; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        alpha (Hyperparameter; default 1.0): what the gradient weighs.
        beta (Hyperparameter; default 1.0): what its change since the update before weighs.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'optimistic_gradient_descent'): prefix of the names in `variables`; that
            of the class, if it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    alpha: Setting[Hyperparameter]
    beta: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        alpha: Hyperparameter = 1.0,
        beta: Hyperparameter = 1.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'optimistic_gradient_descent',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class PolyakSGD(KerasOptimizer):
    """PolyakSGD: the step at whose end a convex loss would be the lowest.

    Polyak, Introduction to Optimization, 1987; Loizou, Vaswani, Laradji and Lacoste-Julien, AISTATS
    2021, https://arxiv.org/abs/2002.10542, equation 3, for losses of batches:

        γ ← min((f − f_min) / (‖g‖² + ε), γ_max)       ‖g‖ of all tensors together
        p ← p − lr γ g

    Each call must be given the loss f: ``apply(grads, loss=loss)``. Nothing moves where g is 0.
    optax calls lr ``scaling``, f ``value``, and takes the norm of lr g; PyTorch and Keras do not
    have it.

    Args:
        learning_rate (Rate, at least 0; default 1.0): what every step is multiplied by.
        max_learning_rate (Hyperparameter, greater than 0; default 1.0): the largest rate γ, before
            that.
        f_min (Hyperparameter; default 0.0): the lowest loss there is.
        epsilon (Hyperparameter, at least 0; default 0.0): what is added to the square of the norm.
        positive (bool; default False): take a loss below ``f_min`` for ``f_min``, instead of going
            up.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'polyak_sgd'): prefix of the names in `variables`; that of the class, if
            it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    max_learning_rate: Setting[Hyperparameter]
    f_min: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    positive: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        max_learning_rate: Hyperparameter = 1.0,
        f_min: Hyperparameter = 0.0,
        epsilon: Hyperparameter = 0.0,
        positive: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'polyak_sgd',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Prodigy(KerasOptimizer):
    """Prodigy: Adam whose rate is an estimate of the distance to the solution.

    Mishchenko and Defazio, ICML 2024, https://arxiv.org/abs/2306.06101, Algorithm 4, with r and
    the sum of |s| over all weights of all tensors; d begins as ``first_distance`` d₀, p as p₀:

        m ← β₁ m + (1 − β₁) d g             mean of the gradient, times the distance
        v ← β₂ v + (1 − β₂) d² g²           mean of its square, times that of the distance
        r ← β₃ r + d / d₀ · lr d ⟨g, p₀ − p⟩
        s ← β₃ s + d / d₀ · lr d g
        d̂ ← distance_factor · r / Σ |s|
        d' ← max(d, d̂), and growth_rate · d at most once it has grown
        p ← p − lr d (m / (√v + d' ε) + weight_decay p)

    Nothing moves while Σ |s|, or the rate, is 0. Leave the rate at 1, or let a schedule lower it.

    Args:
        learning_rate (Rate, at least 0; default 1.0): size of a step. A schedule, or a function of
            the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        bias_correction (bool; default False): whether lr is times √(1 − β₂ᵗ) / (1 − β₁ᵗ), as Adam's
            is.
        safeguard_warmup (bool; default False): whether s leaves the rate out, which a warm-up would
            make too small.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'prodigy'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        beta_3 (Hyperparameter or None, at least 0, less than 1; default None): how much of r and s
            each update keeps; None is √β₂.
        first_distance (Hyperparameter, greater than 0; default 1e-06): d₀, the estimate to begin
            with, which must be small.
        distance_factor (Hyperparameter, greater than 0; default 1.0): what estimates are multiplied
            by; 0.5 or 2 for careful or bold steps.
        growth_rate (Hyperparameter or None, at least 1; default None): the most by which an
            estimate may grow in an update, as a factor; None: any.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    bias_correction: bool
    safeguard_warmup: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    beta_3: Setting[Hyperparameter | None]
    first_distance: Setting[Hyperparameter]
    distance_factor: Setting[Hyperparameter]
    growth_rate: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1.0,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        bias_correction: bool = False,
        safeguard_warmup: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'prodigy',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        beta_3: Hyperparameter | None = None,
        first_distance: Hyperparameter = 1e-06,
        distance_factor: Hyperparameter = 1.0,
        growth_rate: Hyperparameter | None = None,
    ) -> None: ...

class PSGDKron(KerasOptimizer):
    """PSGD-Kron: preconditioned gradient descent with Kronecker factors.

    Li, 2015, https://arxiv.org/abs/1512.04202, and 2022, https://arxiv.org/abs/2211.04422, in the
    form of https://github.com/evanatyourservice/kron_torch; for matrices g, and z of standard
    normal numbers:

        m ← m + (1 − β₁)(g − m)
        x ← m / (1 − β₁ᵗ)
        A, B ← Qₗ (x + δ z) Qᵣᵀ, Qₗ⁻ᵀ z Qᵣ⁻¹    δ is damping
        Qₗ ← Qₗ − μ triu(A Aᵀ − B Bᵀ) Qₗ / ‖A Aᵀ + B Bᵀ‖
        Qᵣ ← Qᵣ − μ triu(Aᵀ A − Bᵀ B) Qᵣ / ‖Aᵀ A + Bᵀ B‖
        u ← Qₗᵀ Qₗ x Qᵣᵀ Qᵣ
        p ← p − lr u / max(1, rms(u) / largest_rms)

    μ is preconditioner_rate, ‖·‖ a bound of the spectral norm from below, and both Q, which are
    triangular, have the same largest element after each step. Other tensors take AdamW:
    `MatrixOptimizer`.

    kron_torch fits Q in updates by chance, with a probability that falls; heavyball has other
    bounds, of norms and of u.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'psgdkron'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much the mean of
            gradients keeps.
        preconditioner_share (Rate, at least 0, at most 1; default 1.0): the share of updates that
            fit Q, as 0.1 for every tenth, or a schedule of it.
        preconditioner_rate (Hyperparameter, greater than 0; default 0.1): μ, the relative size of a
            step of Q.
        damping (Hyperparameter, at least 0; default 1e-09): what share of the probes joins the
            gradients that Q is fitted to.
        first_scale (Hyperparameter, greater than 0; default 1.0): both Q begin as so many times the
            identity.
        largest_rms (Hyperparameter, greater than 0; default 1.1): the largest root mean square of a
            step, in learning rates.
        max_size (whole Hyperparameter, at least 1; default 8192): a side with more rows or columns
            has a diagonal Q.
        seed (whole Hyperparameter; default 0): a whole number from which all z come; its lower 32
            bits count.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    beta_1: Setting[Hyperparameter]
    preconditioner_share: RateSetting[Rate]
    preconditioner_rate: Setting[Hyperparameter]
    damping: Setting[Hyperparameter]
    first_scale: Setting[Hyperparameter]
    largest_rms: Setting[Hyperparameter]
    max_size: Setting[Whole]
    seed: Setting[Whole]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'psgdkron',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        beta_1: Hyperparameter = 0.9,
        preconditioner_share: Rate = 1.0,
        preconditioner_rate: Hyperparameter = 0.1,
        damping: Hyperparameter = 1e-09,
        first_scale: Hyperparameter = 1.0,
        largest_rms: Hyperparameter = 1.1,
        max_size: Whole = 8192,
        seed: Whole = 0,
    ) -> None: ...

class RAdam(KerasOptimizer):
    """RAdam: rectified Adam.

    Liu, Jiang, He et al., ICLR 2020, https://arxiv.org/abs/1908.03265, Algorithm 2:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        ρ ← ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)        ρ∞ = 2 / (1 − β₂) − 1
        p ← p − lr m̂                        while ρ ≤ threshold; m̂ = m / (1 − β₁ᵗ)
        p ← p − lr r m̂ / (√(v / (1 − β₂ᵗ)) + ε)     then, where
                r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))

    In PyTorch ε is added to √v before it is corrected. optax begins where ρ ≥ threshold, and has
    ``epsilon_root`` and ``nesterov``; Keras does not have the optimizer.

    Args:
        learning_rate (Rate, at least 0; default 0.001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'radam'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        threshold (Hyperparameter, at least 4; default 5.0): how large ρ, the number of gradients
            that v stands for, must be; the paper has 4.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
        nesterov (bool; default False): Nesterov's form of momentum, which looks one step ahead.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    threshold: Setting[Hyperparameter]
    epsilon_root: Setting[Hyperparameter | None]
    nesterov: bool
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'radam',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        threshold: Hyperparameter = 5.0,
        epsilon_root: Hyperparameter | None = None,
        nesterov: bool = False,
    ) -> None: ...

class RMSprop(KerasOptimizer):
    """RMSprop: gradients divided by their root mean square.

    Tieleman and Hinton, 2012, https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf, and
    with centered and momentum Graves, 2013, https://arxiv.org/abs/1308.0850, equations 38 to 41:

        v ← v + (1 − ρ)(g² − v)             mean square of the gradient
        m ← m + (1 − ρ)(g − m)              its mean, with centered; else m = 0
        b ← μ b + lr g / √(max(v − m², 0) + ε)      μ is momentum
        p ← p − b

    In PyTorch ε is outside the root and lr outside of b; in optax b has the other sign. None has
    the maximum: in Keras and optax rounding makes NaN of steady gradients.

    Args:
        learning_rate (Rate, at least 0; default 0.001, 0.01 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        rho (Hyperparameter, at least 0, at most 1; default 0.9, 0.99 with convention 'torch'): how
            much of the mean of squared gradients each update keeps: it remembers about 1 / (1 −
            rho) updates.
        momentum (Hyperparameter, at least 0; default 0.0): how much of the last step the next one
            keeps; 0 for none, and no memory for it.
        epsilon (Hyperparameter, at least 0; default 1e-07, 1e-08 with convention 'torch' or 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        centered (bool; default False): divide by the root of the variance of the gradient, not of
            its mean square.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'rmsprop'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    rho: Setting[Hyperparameter]
    momentum: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    centered: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        rho: Hyperparameter = 0.9,
        momentum: Hyperparameter = 0.0,
        epsilon: Hyperparameter = 1e-07,
        centered: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'rmsprop',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Rprop(KerasOptimizer):
    """Rprop: resilient backpropagation, for gradients of all the data.

    Riedmiller and Braun, ICNN 1993, https://doi.org/10.1109/ICNN.1993.298623, in the form of Igel
    and Hüsken, 2000 (iRprop−), with a size s for each weight, which begins as lr:

        s ← min(max(s η, smallest), largest)        η = η₊ where g has the sign it had, η₋ where it
                                                    turned, 1 where one of both is 0
        g ← 0                                       where it turned; so it is remembered
        p ← p − s sign(g)
        last ← g

    In optax a weight takes each step one update later, if g does not turn then, and s is bounded
    only where it changes. Keras does not have the optimizer.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): the first size
            of every step; it changes nothing later.
        eta_minus (Hyperparameter, greater than 0, less than 1; default 0.5): what the size of a
            step is multiplied by.
        eta_plus (Hyperparameter, greater than 1; default 1.2): what the size of a step is
            multiplied by.
        smallest (Hyperparameter, at least 0; default 1e-06): what the size of a step is at least
            and at most.
        largest (Hyperparameter, at least 0; default 50.0): what the size of a step is at least and
            at most.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'rprop'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    eta_minus: Setting[Hyperparameter]
    eta_plus: Setting[Hyperparameter]
    smallest: Setting[Hyperparameter]
    largest: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        eta_minus: Hyperparameter = 0.5,
        eta_plus: Hyperparameter = 1.2,
        smallest: Hyperparameter = 1e-06,
        largest: Hyperparameter = 50.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'rprop',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class ScheduleFreeAdamW(KerasOptimizer):
    """Schedule-free AdamW: it trains at p, between its fast weights z and their average x.

    Defazio, Yang, Mehta et al., NeurIPS 2024, https://arxiv.org/abs/2405.15682, Algorithm 1, with
    equal weights in the average (p is the paper's y):

        v ← v + (1 − β₂)(g² − v)                    mean of the square of the gradient
        z ← z − lr g / (√(v / (1 − β₂ᵗ)) + ε)       lr grows to its value in warmup_steps
        x ← (1 − 1/t) x + z / t
        p ← (1 − β₁) z + β₁ x

    The first two are its rule, the others what `schedule_free` does around any rule.
    Evaluate with x: ``with optimizer.averaged(): ...``, or finalize_variable_values() at the end.

    Args:
        learning_rate (Rate, at least 0; default 0.0025): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        beta_1 (Hyperparameter, greater than 0, less than 1; default 0.9): how near the average x
            gradients are taken: at z with 0, at x with 1.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        warmup_steps (Hyperparameter, at least 0; default 0): updates in which lr grows linearly to
            its value; 0 for none.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'schedule_free_adam_w'): prefix of the names in `variables`; that of the
            class, if it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    warmup_steps: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.0025,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 1e-08,
        warmup_steps: Hyperparameter = 0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'schedule_free_adam_w',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class SGD(KerasOptimizer):
    """SGD: stochastic gradient descent.

    Robbins and Monro, Ann. Math. Statist. 22 (1951), https://doi.org/10.1214/aoms/1177729586:

        p ← p − lr g

    With ``momentum`` μ > 0, Sutskever, Martens, Dahl and Hinton, ICML 2013,
    https://proceedings.mlr.press/v28/sutskever13.html, equations 1 to 4, with p where the gradient
    is taken:

        b ← μ b − lr g
        p ← p + b                           with nesterov p ← p + μ b − lr g

    In PyTorch and optax lr is outside of b: b ← μ b + g, p ← p − lr b. That is the same as long as
    lr is. In Keras μ ≤ 1.

    Args:
        learning_rate (Rate, at least 0; default 0.01, 0.001 with convention 'torch', none with convention 'optax'):
            size of a step. A schedule, or a function of the step, gives that of each call of
            `apply`, counted from 0.
        momentum (Hyperparameter, at least 0; default 0.0): how much of the last step the next one
            keeps; 0 for none, and no memory for it.
        nesterov (bool; default False): Nesterov's form of momentum, which looks one step ahead.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'torch'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'sgd'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras', 'torch' or 'optax'; default 'keras'): whose numbers the optimizer gives
            where libraries differ under one name, in formulas and defaults: ``"keras"``,
            ``"torch"`` or ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        dampening (Hyperparameter; default 0.0): PyTorch's: b takes (1 − dampening) g in place of
            every g but the first.
    """
    momentum: Setting[Hyperparameter]
    nesterov: bool
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    dampening: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        momentum: Hyperparameter = 0.0,
        nesterov: bool = False,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'sgd',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'torch', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        dampening: Hyperparameter = 0.0,
    ) -> None: ...

class SGLD(KerasOptimizer):
    """SGLD: stochastic gradient Langevin dynamics.

    Welling and Teh, ICML 2011, https://icml.cc/2011/papers/398_icmlpaper.pdf, equation 4 with
    ε = 2 lr; z is standard normal for each weight and update, T is ``temperature``:

        p ← p − lr g + √(2 lr T) z

    With g the gradient of U, the weights come to be samples of a density in proportion to
    exp(−U / T), the better the smaller lr is. U is minus the logarithm of the posterior: where the
    loss is a mean over n examples, T = 1 / n is the same for a rate n times as large.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        temperature (Hyperparameter, at least 0; default 1.0): T, 0 for gradient descent.
        seed (whole Hyperparameter; default 0): a whole number from which all z come; its lower 32
            bits count.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'sgld'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    temperature: Setting[Hyperparameter]
    seed: Setting[Whole]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        temperature: Hyperparameter = 1.0,
        seed: Whole = 0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'sgld',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Shampoo(KerasOptimizer):
    """Shampoo: gradients between the inverse roots of the covariances of their rows and columns.

    Gupta, Koren and Singer, ICML 2018, https://arxiv.org/abs/1802.09568, with means in place of
    sums and with Adam's length of a step (grafting) as Shi et al., 2023,
    https://arxiv.org/abs/2309.06497, have it; for matrices g:

        L ← β₃ L + (1 − β₃) g gᵀ
        R ← β₃ R + (1 − β₃) gᵀ g                β₃ is shampoo_beta
        Lᵣ, Rᵣ ← (L / (1 − β₃ᵗ) + ε)^(−1/4), …  in every precondition_frequency-th update
        m ← m + (1 − β₁)(g − m)
        v ← v + (1 − β₂)(g² − v)
        a ← m̂ / (√v̂ + ε_a)                      Adam's step, corrected for m = v = 0 at t = 0
        u ← Lᵣ m̂ Rᵣ
        p ← p − lr u ‖a‖ / ‖u‖

    The roots are −1/2 where one side only has a matrix. Other tensors take AdamW:
    `MatrixOptimizer`, whose epsilon is ε_a.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'shampoo'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much the means of
            gradients and of their squares keep.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much the means of
            gradients and of their squares keep.
        shampoo_beta (Hyperparameter, at least 0, less than 1; default 0.99): how much the
            covariances L and R keep.
        matrix_epsilon (Hyperparameter, at least 0; default 1e-12): ε, what is added to their
            eigenvalues.
        precondition_frequency (whole Hyperparameter, at least 1; default 10): how many updates go
            by between two looks for roots.
        max_size (whole Hyperparameter, at least 1; default 10000): a side with more rows or columns
            has no matrix.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    shampoo_beta: Setting[Hyperparameter]
    matrix_epsilon: Setting[Hyperparameter]
    precondition_frequency: Setting[Whole]
    max_size: Setting[Whole]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'shampoo',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        shampoo_beta: Hyperparameter = 0.99,
        matrix_epsilon: Hyperparameter = 1e-12,
        precondition_frequency: Whole = 10,
        max_size: Whole = 10000,
    ) -> None: ...

class Signum(KerasOptimizer):
    """Signum: the sign of the momentum; with ``momentum=0`` SignSGD, that of the gradient.

    Bernstein, Wang, Azizzadenesheli and Anandkumar, ICML 2018, https://arxiv.org/abs/1802.04434,
    Algorithms 1 and 2; μ is momentum:

        m ← m + (1 − μ)(g − m)              mean of the gradient
        p ← p − lr sign(m)

    optax has both, as signum and sign_sgd; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.0001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        momentum (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps; 0 for none, and no memory.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'signum'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    momentum: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.0001,
        momentum: Hyperparameter = 0.9,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'signum',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class SimplifiedAdEMAMix(KerasOptimizer):
    """Simplified AdEMAMix: a sum of gradients that forgets slowly, and the gradient itself.

    Morwani, Vyas, Zhang and Kakade, 2025, https://arxiv.org/abs/2502.02431, section 5:

        m ← β₁ m + g                        sum of gradients, which is not corrected
        v ← v + (1 − β₂)(g² − v)            mean of their squares
        p ← p − lr (m + α g) / (√(v / (1 − β₂ᵗ)) + ε)

    m grows to 1 / (1 − β₁) gradients, so rates are that much smaller than Adam's. With α = 0 it is
    Adam without the correction of its first moment. The same as in optax; PyTorch and Keras do not
    have it.

    Args:
        learning_rate (Rate, at least 0; default 1e-05, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.99): how much of the sum of
            gradients each update keeps.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.95): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        alpha (Hyperparameter, at least 0; default 0.0): α, what the gradient weighs beside the sum.
        epsilon (Hyperparameter, at least 0; default 1e-08): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'simplified_ad_emamix'): prefix of the names in `variables`; that of the
            class, if it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        epsilon_root (Hyperparameter or None, at least 0; default None): optax's eps_root: added to
            the second moment, inside the root.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    alpha: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    epsilon_root: Setting[Hyperparameter | None]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 1e-05,
        beta_1: Hyperparameter = 0.99,
        beta_2: Hyperparameter = 0.95,
        alpha: Hyperparameter = 0.0,
        epsilon: Hyperparameter = 1e-08,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'simplified_ad_emamix',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        epsilon_root: Hyperparameter | None = None,
    ) -> None: ...

class SM3(KerasOptimizer):
    """SM3: Adagrad that remembers n + m numbers for an n × m matrix.

    Anil, Gupta, Koren and Singer, NeurIPS 2019, https://arxiv.org/abs/1901.11150, Algorithm SM3-II,
    whose sets are the rows, the columns and the matrices of a stack:

        v ← min(s, r, c) + g²               at least the sum of all squares of g
        r ← greatest v of each row          c of each column, s of each matrix
        m ← μ m + (1 − μ) g / √(v + ε)      0 where v = 0
        p ← p − lr m

    A vector has v itself; without momentum there is no m. In optax ε is 10⁻⁸, and a tensor of four
    or more axes has a set for each of them; here all but the last two are one axis, that of the
    stack. PyTorch and Keras do not have the optimizer.

    Args:
        learning_rate (Rate, at least 0; default 0.1, none with convention 'optax'): size of a step.
            A schedule, or a function of the step, gives that of each call of `apply`, counted from
            0.
        momentum (Hyperparameter, at least 0, less than 1; default 0.9): how much of the last step
            the next one keeps; 0 for none, and no memory for it.
        epsilon (Hyperparameter, at least 0; default 0.0, 1e-08 with convention 'optax'): keeps what
            is divided by away from 0; the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'sm3'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    momentum: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.1,
        momentum: Hyperparameter = 0.9,
        epsilon: Hyperparameter = 0.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'sm3',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class SOAP(KerasOptimizer):
    """SOAP: Adam in the eigenbases of Shampoo's matrices.

    Vyas, Morwani et al., ICLR 2025, https://arxiv.org/abs/2409.11321, Algorithm 3; for matrices g:

        G ← Qₗᵀ g Qᵣ                            the gradient in the eigenbases
        m ← m + (1 − β₁)(G − m)                 its mean
        v ← v + (1 − β₂)(G² − v)                and that of its square, there
        p ← p − α Qₗ (m / (√v + ε)) Qᵣᵀ         α is Adam's, of update t − 1
        L ← β₃ L + (1 − β₃) g gᵀ
        R ← β₃ R + (1 − β₃) gᵀ g                β₃ is shampoo_beta
        Qₗ, Qᵣ ← QR(L Qₗ), QR(R Qᵣ)             in every precondition_frequency-th update

    The first update finds Qₗ and Qᵣ as the eigenvectors of L and R and moves nothing. With new
    bases m is turned into them; v is not, but for the order of eigenvalues, by which QR's columns
    stand. Other tensors take AdamW: `MatrixOptimizer`.

    Args:
        learning_rate (Rate, at least 0; default 0.003): size of a step by either rule; a `Schedule`
            or function gives that of each call.
        adam_beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much AdamW's means
            of gradients and of their squares keep.
        adam_beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): how much AdamW's means
            of gradients and of their squares keep.
        adam_weight_decay (Hyperparameter or None, at least 0; default 0.004): the same for what
            AdamW updates.
        epsilon (Hyperparameter, at least 0; default 1e-07): AdamW's ε.
        weight_decay (Hyperparameter or None, at least 0; default 0.004): each update takes rate ·
            weight_decay · p off matrices.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'soap'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        adam_lr_ratio (Hyperparameter, at least 0; default 1): AdamW's rate is so many times
            learning_rate.
        exclude_layers (list of str; default ()): patterns (regular expressions); matrices in whose
            name one of them is found take AdamW.
        exclude_embeddings (bool; default True): so do those with "embedding" in their name.
        stacked (bool; default False): tensors of more than two axes are stacks of matrices; else
            they take AdamW.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.95): how much the means of
            gradients and of their squares keep.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.95): how much the means of
            gradients and of their squares keep.
        shampoo_beta (Hyperparameter, at least 0, less than 1; default 0.95): how much the
            covariances L and R keep.
        precondition_frequency (whole Hyperparameter, at least 1; default 10): how many updates go
            by between two looks for eigenbases.
        max_size (whole Hyperparameter, at least 1; default 10000): a side with more rows or columns
            has no matrix, and is not turned.
    """
    adam_beta_1: Setting[Hyperparameter]
    adam_beta_2: Setting[Hyperparameter]
    adam_weight_decay: Setting[Hyperparameter | None]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    adam_lr_ratio: Setting[Hyperparameter]
    exclude_layers: Sequence[str]
    exclude_embeddings: bool
    stacked: bool
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    shampoo_beta: Setting[Hyperparameter]
    precondition_frequency: Setting[Whole]
    max_size: Setting[Whole]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.003,
        adam_beta_1: Hyperparameter = 0.9,
        adam_beta_2: Hyperparameter = 0.999,
        adam_weight_decay: Hyperparameter | None = 0.004,
        epsilon: Hyperparameter = 1e-07,
        weight_decay: Hyperparameter | None = 0.004,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'soap',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        adam_lr_ratio: Hyperparameter = 1,
        exclude_layers: Sequence[str] = (),
        exclude_embeddings: bool = True,
        stacked: bool = False,
        beta_1: Hyperparameter = 0.95,
        beta_2: Hyperparameter = 0.95,
        shampoo_beta: Hyperparameter = 0.95,
        precondition_frequency: Whole = 10,
        max_size: Whole = 10000,
    ) -> None: ...

class Sophia(KerasOptimizer):
    """Sophia: second-order steps where the curvature is known to be high enough, else of one size.

    Liu, Li, Hall, Liang and Ma, ICLR 2024, https://arxiv.org/abs/2305.14342, Algorithm 3, with an
    estimate ĥ of the diagonal of the Hessian in every k-th call:

        m ← m + (1 − β₁)(g − m)
        h ← h + (1 − β₂)(ĥ − h)             in calls that are given ĥ
        p ← p − lr clip(m / max(γ h, ε), ρ)

    ``apply(grads, hessian=tree)`` gives ĥ, in every tenth call or so: Hutchinson's estimate
    (``adamas.torch.hessian_diagonal``, ``adamas.jax.hessian_diagonal``) for Sophia-H, or batch size
    × g² of labels drawn from the model for Sophia-G, whose γ is 0.05. Without any, h stays. optax
    corrects the bias of m and takes h as it was before the call; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.0001, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.965): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.99): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        gamma (Hyperparameter, greater than 0; default 0.01): how much of the curvature counts: so
            that a tenth to a half of the steps is not clipped.
        epsilon (Hyperparameter, greater than 0; default 1e-12, 1e-08 with convention 'optax'):
            keeps what is divided by away from 0; the equations say where it is added.
        clip_threshold (Hyperparameter, greater than 0; default 1.0): ρ, the largest step before it
            is multiplied by the rate.
        weight_decay (Hyperparameter or None, at least 0; default None, 0.0001 with convention 'optax'):
            each update takes rate · weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'sophia'): prefix of the names in `variables`; that of the class, if it
            is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    gamma: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    clip_threshold: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.0001,
        beta_1: Hyperparameter = 0.965,
        beta_2: Hyperparameter = 0.99,
        gamma: Hyperparameter = 0.01,
        epsilon: Hyperparameter = 1e-12,
        clip_threshold: Hyperparameter = 1.0,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'sophia',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class StableAdamW(KerasOptimizer):
    """StableAdamW: AdamW with Adafactor's clipping of updates.

    Wortsman, Dettmers, Zettlemoyer et al., NeurIPS 2023, https://arxiv.org/abs/2304.13013,
    Algorithm 2, whose β̂ are the corrections for m = v = 0 at t = 0; λ is ``weight_decay``:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v + (1 − β₂)(g² − v)            mean of its square
        r ← rms(g / max(√v̂, ε))             of the whole tensor; v̂ = v / (1 − β₂ᵗ)
        η ← lr / max(1, r)
        p ← p − η (m / (1 − β₁ᵗ) / (√v̂ + ε) + λ p)

    It needs no clipping of gradients. No library here has it.

    Args:
        learning_rate (Rate, at least 0; default 0.001): size of a step. A schedule, or a function
            of the step, gives that of each call of `apply`, counted from 0.
        weight_decay (Hyperparameter or None, at least 0; default 0.01): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.99): how much of the mean of
            their squares each update keeps: it remembers about 1 / (1 − beta_2) updates.
        epsilon (Hyperparameter, greater than 0; default 1e-06): keeps what is divided by away from
            0; the equations say where it is added.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'stable_adam_w'): prefix of the names in `variables`; that of the class,
            if it is not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras'; default 'keras'): whose numbers the optimizer gives where libraries
            differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
    """
    weight_decay: Setting[Hyperparameter | None]
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.001,
        weight_decay: Hyperparameter | None = 0.01,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.99,
        epsilon: Hyperparameter = 1e-06,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'stable_adam_w',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

class Yogi(KerasOptimizer):
    """Yogi: adaptive rates that do not grow at once.

    Zaheer, Reddi, Sachan, Kale and Kumar, NeurIPS 2018,
    https://papers.nips.cc/paper/8186-adaptive-methods-for-nonconvex-optimization, Algorithm 2, with
    the corrections of optax, m and v from 1e-6:

        m ← m + (1 − β₁)(g − m)             mean of the gradient
        v ← v − (1 − β₂) sign(v − g²) g²
        p ← p − lr m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)

    optax has the same; PyTorch and Keras do not have it.

    Args:
        learning_rate (Rate, at least 0; default 0.01, none with convention 'optax'): size of a
            step. A schedule, or a function of the step, gives that of each call of `apply`, counted
            from 0.
        beta_1 (Hyperparameter, at least 0, less than 1; default 0.9): how much of the mean of
            gradients each update keeps: it remembers about 1 / (1 − beta_1) updates.
        beta_2 (Hyperparameter, at least 0, less than 1; default 0.999): 1 − beta_2 is how much of a
            squared gradient v comes or goes by.
        epsilon (Hyperparameter, at least 0; default 0.001): keeps what is divided by away from 0;
            the equations say where it is added.
        weight_decay (Hyperparameter or None, at least 0; default None): each update takes rate ·
            weight_decay · p off p, or what ``convention`` means by it.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        name (str; default 'yogi'): prefix of the names in `variables`; that of the class, if it is
            not given.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        cautious (bool; default False): move only weights whose move is against their gradient.
            Liang et al., 2024.
        cautious_weight_decay (bool; default False): take decay off those weights only that the rule
            does not move away from 0, once it has moved them. Chen et al., 2025.
        schedule_free (Hyperparameter or None, greater than 0, less than 1; default None): train
            between fast weights, which the rule moves, and their average: at the fast weights with
            0, at the average with 1. Evaluate with the average. Defazio et al., NeurIPS 2024.
        schedule_free_power (Hyperparameter or None, at least 0; default None): fast weights count
            in the average by this power of the largest rate so far, by default 2; all alike with 0.
        lookahead (whole Hyperparameter or None, at least 1; default None): every so many updates
            slow weights take a step towards the weights, which go on from there. Evaluate with the
            slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size (Hyperparameter or None, at least 0, at most 1; default None): the share
            of the way that slow weights go, by default 0.5.
        ema_nesterov (Hyperparameter or None, at least 0; default None): train ahead of the weights,
            by so many times the mean of their moves. Evaluate with the weights themselves.
            EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum (Hyperparameter or None, at least 0, less than 1; default None): how
            much of that mean each update keeps, by default 0.99.
        reduce_on_plateau (whole Hyperparameter or None, at least 1; default None): after so many
            updates without a lower loss the learning rate is multiplied by ``plateau_factor``.
            Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor (Hyperparameter or None, greater than 0, less than 1; default None): by
            default 0.1.
        plateau_tolerance (Hyperparameter or None, at least 0, at most 1; default None): a lower
            loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown (whole Hyperparameter or None, at least 0; default None): updates after a
            reduction in which none are counted, by default 0.
        plateau_window (whole Hyperparameter or None, at least 1; default None): updates whose mean
            loss is looked at, instead of that of each, by default 1.
        plateau_least (Hyperparameter or None, at least 0, at most 1; default None): what the rate
            is multiplied by at least, by default 0.
        hyperball (bool; default False): keep the norm of each matrix as it was in the beginning,
            and move it by rate · that norm. Wen et al., 2026.
        mechanic (Hyperparameter or None, greater than 0; default None): find what all moves are
            multiplied by, from this factor on, such as 1e-6: with a learning rate of 1, or a
            schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay (Hyperparameter or None, at least 0; default None): how much the weights
            themselves count among gradients there, by default 0.01.
        update_clip (Hyperparameter or None, greater than 0; default None): largest root mean square
            of each tensor's move, as a multiple of the rate. Shazeer and Stern, ICML 2018.
        update_floor (Hyperparameter or None, at least 0; default None): least norm of the move of
            each matrix, as a multiple of rate · the norm of its weights.
        atan2 (Hyperparameter or None, greater than 0; default None): take the angle s · arctan2(m,
            s √v) in place of m / (√v + ε), of a rule that divides by a root; it needs no ε, and is
            at most s · π / 2. Everett et al., 2024.
        radial_brake (Hyperparameter or None, at least 0, at most 1; default None): the share of
            what a move adds to the norm of a matrix that is kept.
        independent_weight_decay (bool; default False): each update takes weight_decay · p off p,
            whatever the rate.
        decoupled_weight_decay (bool; default False): each update takes rate · weight_decay · p off
            p, before the rule and whatever ``convention`` means by decay; without a convention that
            is so anyway. Loshchilov and Hutter, ICLR 2019.
        maximize (bool; default False): go up along the gradient instead of down.
        convention ('keras' or 'optax'; default 'keras'): whose numbers the optimizer gives where
            libraries differ under one name, in formulas and defaults: ``"keras"``, ``"torch"`` or
            ``"optax"``.
        states ('float32', 'bfloat16', '8bit' or dict of names to those; default 'float32'): how
            slots are stored that have a value for each weight: ``"float32"``, or as wide as the
            arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or down
            at random so that the mean is right. Tensors of under 4,096 weights, vectors and slots
            that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``; others
            are wide.
        master ('float32', 'remainder', 'stochastic' or None; default None): where the weights of
            parameters of 16 bits are exact: ``"float32"``, in a slot of four bytes;
            ``"remainder"``, in the parameter and a slot of two bytes, together exactly float32;
            ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that the mean
            is right. The last two are for bfloat16. By default steps are rounded to nearest.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.
        initial_accumulator_value (Hyperparameter, at least 0; default 1e-06): what both moments
            begin with.
    """
    beta_1: Setting[Hyperparameter]
    beta_2: Setting[Hyperparameter]
    epsilon: Setting[Hyperparameter]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    loss_scale_factor: Setting[Hyperparameter | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    initial_accumulator_value: Setting[Hyperparameter]
    def __init__(
        self,
        learning_rate: Rate | Callable[[Any], object] = 0.01,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: Hyperparameter = 0.001,
        weight_decay: Hyperparameter | None = None,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        loss_scale_factor: Hyperparameter | None = None,
        gradient_accumulation_steps: Whole | None = None,
        name: str | None = 'yogi',
        *,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        cautious: bool = False,
        cautious_weight_decay: bool = False,
        schedule_free: Hyperparameter | None = None,
        schedule_free_power: Hyperparameter | None = None,
        lookahead: Whole | None = None,
        lookahead_step_size: Hyperparameter | None = None,
        ema_nesterov: Hyperparameter | None = None,
        ema_nesterov_momentum: Hyperparameter | None = None,
        reduce_on_plateau: Whole | None = None,
        plateau_factor: Hyperparameter | None = None,
        plateau_tolerance: Hyperparameter | None = None,
        plateau_cooldown: Whole | None = None,
        plateau_window: Whole | None = None,
        plateau_least: Hyperparameter | None = None,
        hyperball: bool = False,
        mechanic: Hyperparameter | None = None,
        mechanic_decay: Hyperparameter | None = None,
        update_clip: Hyperparameter | None = None,
        update_floor: Hyperparameter | None = None,
        atan2: Hyperparameter | None = None,
        radial_brake: Hyperparameter | None = None,
        independent_weight_decay: bool = False,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        convention: Literal['keras', 'optax'] = 'keras',
        states: Literal['float32', 'bfloat16', '8bit'] = 'float32',
        master: Literal['float32', 'remainder', 'stochastic'] | None = None,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
        initial_accumulator_value: Hyperparameter = 1e-06,
    ) -> None: ...

class MultiOptimizer(KerasOptimizer):
    """Gives parameters to optimizers by their names, in one step with one global norm.

    Args:
        optimizers (mapping, or list of pairs, of str or function to Optimizer or None; required): a
            mapping, or pairs, of pattern → optimizer. A parameter goes to the first whose regular
            expression is found in its name (``"bias$"``; ``""`` fits all), or whose function of
            name and shape says so. None freezes parameters.
        loss_scale_factor (Hyperparameter or None, greater than 0; default None): what the loss was
            multiplied by: gradients are divided by it; see `scale_loss`.
        name (str; default 'multi_optimizer'): prefix of the names in `variables`; that of the
            class, if it is not given.
        clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of each
            tensor's gradient.
        clipvalue (Hyperparameter or None, greater than 0; default None): largest magnitude of each
            element of a gradient.
        global_clipnorm (Hyperparameter or None, greater than 0; default None): largest L2 norm of
            all gradients together. At most one clip is allowed without ``clip_order``.
        use_ema (bool; default False): keep an exponential moving average of the weights (slot
            ``ema``).
        ema_momentum (Hyperparameter, at least 0, at most 1; default 0.99): how much of the average
            each update keeps: it remembers about 1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency (whole Hyperparameter or None, at least 1; default None): overwrite
            the weights with the average every so many updates.
        gradient_accumulation_steps (whole Hyperparameter or None, at least 1; default None): update
            once in so many calls, with the mean gradient.
        clip_order (str; default ''): with several clips, their names in the order in which they are
            made, such as ``"clipvalue, global_clipnorm"``.
        adaptive_clip (Hyperparameter or None, greater than 0; default None): largest norm of the
            gradient of each unit (column) as a multiple of the norm of its weights; for vectors, of
            the whole. Brock et al., ICML 2021.
        centralize_gradients (bool; default False): take the mean over the inputs of each unit
            (column) off its gradient. Yong et al., ECCV 2020.
        nonfinite ('propagate', 'skip', 'skip_gradients' or 'raise'; default 'propagate'): what
            happens when a step would store NaN or infinity: ``"propagate"`` stores it, ``"skip"``
            leaves every byte as it was and goes on, ``"raise"`` leaves every byte as it was and
            raises `NonFiniteError` with the parameter and the step; ``"skip_gradients"`` skips
            calls whose gradients are not finite, which costs one pass over the gradients, or
            nothing with clipnorm or global_clipnorm.

    Rates, betas and weight decay are the members' own; clips, averages, accumulation and loss
    scaling are this optimizer's. Parameters whose members are of one kind are updated together.
    """
    optimizers: Setting[Mapping[Any, Optimizer | None] | Iterable[tuple[str | Callable[[str, tuple[int, ...]], bool], Optimizer | None]]]
    loss_scale_factor: Setting[Hyperparameter | None]
    weight_decay: Setting[Hyperparameter | None]
    clipnorm: Setting[Hyperparameter | None]
    clipvalue: Setting[Hyperparameter | None]
    global_clipnorm: Setting[Hyperparameter | None]
    use_ema: bool
    ema_momentum: Setting[Hyperparameter]
    ema_overwrite_frequency: Setting[Whole | None]
    gradient_accumulation_steps: Setting[Whole | None]
    clip_order: str
    adaptive_clip: Setting[Hyperparameter | None]
    centralize_gradients: bool
    cautious: bool
    cautious_weight_decay: bool
    schedule_free: Setting[Hyperparameter | None]
    schedule_free_power: Setting[Hyperparameter | None]
    lookahead: Setting[Whole | None]
    lookahead_step_size: Setting[Hyperparameter | None]
    ema_nesterov: Setting[Hyperparameter | None]
    ema_nesterov_momentum: Setting[Hyperparameter | None]
    reduce_on_plateau: Setting[Whole | None]
    plateau_factor: Setting[Hyperparameter | None]
    plateau_tolerance: Setting[Hyperparameter | None]
    plateau_cooldown: Setting[Whole | None]
    plateau_window: Setting[Whole | None]
    plateau_least: Setting[Hyperparameter | None]
    hyperball: bool
    mechanic: Setting[Hyperparameter | None]
    mechanic_decay: Setting[Hyperparameter | None]
    update_clip: Setting[Hyperparameter | None]
    update_floor: Setting[Hyperparameter | None]
    atan2: Setting[Hyperparameter | None]
    radial_brake: Setting[Hyperparameter | None]
    independent_weight_decay: bool
    decoupled_weight_decay: bool
    maximize: bool
    convention: str
    states: Literal['float32', 'bfloat16', '8bit']
    master: Literal['float32', 'remainder', 'stochastic'] | None
    nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise']
    def __init__(
        self,
        optimizers: Mapping[Any, Optimizer | None] | Iterable[tuple[str | Callable[[str, tuple[int, ...]], bool], Optimizer | None]],
        loss_scale_factor: Hyperparameter | None = None,
        name: str | None = 'multi_optimizer',
        *,
        clipnorm: Hyperparameter | None = None,
        clipvalue: Hyperparameter | None = None,
        global_clipnorm: Hyperparameter | None = None,
        use_ema: bool = False,
        ema_momentum: Hyperparameter = 0.99,
        ema_overwrite_frequency: Whole | None = None,
        gradient_accumulation_steps: Whole | None = None,
        clip_order: str = '',
        adaptive_clip: Hyperparameter | None = None,
        centralize_gradients: bool = False,
        nonfinite: Literal['propagate', 'skip', 'skip_gradients', 'raise'] = 'propagate',
    ) -> None: ...

def from_keras(optimizer: Any) -> KerasOptimizer:
    """The optimizer of adamas with the arguments and the state of one of Keras.

    If it is built, the new one is built for the same variables and goes on where it is.

    Args:
        optimizer: one of Keras's own; it is not changed.

    Raises:
        UnsupportedError: adamas has no such optimizer, or keeps another state.
        CheckpointError: its variables are not those that are expected.
    """
def to_keras(optimizer: KerasOptimizer) -> Any:
    """The optimizer of Keras with the arguments and the state of one of adamas.

    Args:
        optimizer: one of `adamas.keras`; it is not changed.

    Raises:
        UnsupportedError: Keras has no such optimizer, not all of its arguments, or a state that
            is narrower.
        CheckpointError: its variables are not those that are expected.
    """
@overload
def wrap(optimizer: type[Optimizer]) -> type[KerasOptimizer]: ...
@overload
def wrap(optimizer: Optimizer) -> KerasOptimizer: ...

__all__ = [
    "KerasOptimizer",
    "KerasSchedule",
    "from_keras",
    "to_keras",
    "wrap",
    "ACProp",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "AdaHessian",
    "Adam",
    "AdamMini",
    "Adamax",
    "AdamaxW",
    "AdamW",
    "Adan",
    "AdEMAMix",
    "ADOPT",
    "ASGD",
    "COCOB",
    "DAdaptAdam",
    "DoG",
    "DoWG",
    "Fromage",
    "Ftrl",
    "GaLore",
    "KLShampoo",
    "KLSOAP",
    "Lamb",
    "LaProp",
    "LARS",
    "Lion",
    "MADGRAD",
    "MARS",
    "MoMo",
    "MoMoAdam",
    "Muon",
    "Nadam",
    "NoisySGD",
    "NorMuon",
    "NovoGrad",
    "OptimisticAdam",
    "OptimisticGradientDescent",
    "PolyakSGD",
    "Prodigy",
    "PSGDKron",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ScheduleFreeAdamW",
    "SGD",
    "SGLD",
    "Shampoo",
    "Signum",
    "SimplifiedAdEMAMix",
    "SM3",
    "SOAP",
    "Sophia",
    "StableAdamW",
    "Yogi",
    "MultiOptimizer",
]
