"""The arguments that all optimizers have: what each means, and what it may be."""

from collections.abc import Mapping

from ..fields import hyperparameter
from ..language.codes import NAMES, WIDE
from ..masters import MASTERS
from .arguments import Arguments
from .declaring import read_fields
from .rates import Hyperparameter, Whole
from .settings import Setting


class Shared(Arguments):
    """The arguments of every optimizer, beside those of its rule.

    Args:
        weight_decay: each update takes rate · weight_decay · p off p, or what ``convention`` means
            by it.
        clipnorm: largest L2 norm of each tensor's gradient.
        clipvalue: largest magnitude of each element of a gradient.
        global_clipnorm: largest L2 norm of all gradients together. At most one clip is allowed
            without ``clip_order``.
        use_ema: keep an exponential moving average of the weights (slot ``ema``).
        ema_momentum: how much of the average each update keeps: it remembers about
            1 / (1 − ema_momentum) updates.
        ema_overwrite_frequency: overwrite the weights with the average every so many updates.
        loss_scale_factor: what the loss was multiplied by: gradients are divided by it; see
            `scale_loss`.
        gradient_accumulation_steps: update once in so many calls, with the mean gradient.
        name: prefix of the names in `variables`; that of the class, if it is not given.
        clip_order: with several clips, their names in the order in which they are made, such as
            ``"clipvalue, global_clipnorm"``.
        adaptive_clip: largest norm of the gradient of each unit (column) as a multiple of the norm
            of its weights; for vectors, of the whole. Brock et al., ICML 2021.
        centralize_gradients: take the mean over the inputs of each unit (column) off its gradient.
            Yong et al., ECCV 2020.
        cautious: move only weights whose move is against their gradient. Liang et al., 2024.
        cautious_weight_decay: take decay off those weights only that the rule does not move away
            from 0, once it has moved them. Chen et al., 2025.
        schedule_free: train between fast weights, which the rule moves, and their average: at the
            fast weights with 0, at the average with 1. Evaluate with the average. Defazio et al.,
            NeurIPS 2024.
        schedule_free_power: fast weights count in the average by this power of the largest rate so
            far, by default 2; all alike with 0.
        lookahead: every so many updates slow weights take a step towards the weights, which go on
            from there. Evaluate with the slow weights. Zhang et al., NeurIPS 2019.
        lookahead_step_size: the share of the way that slow weights go, by default 0.5.
        ema_nesterov: train ahead of the weights, by so many times the mean of their moves.
            Evaluate with the weights themselves. EMA-Nesterov, 2026, arXiv 2605.25395.
        ema_nesterov_momentum: how much of that mean each update keeps, by default 0.99.
        hyperball: keep the norm of each matrix as it was in the beginning, and move it by rate ·
            that norm. Wen et al., 2026.
        update_clip: largest root mean square of each tensor's move, as a multiple of the rate.
            Shazeer and Stern, ICML 2018.
        update_floor: least norm of the move of each matrix, as a multiple of rate · the norm of its
            weights.
        atan2: take the angle s · arctan2(m, s √v) in place of m / (√v + ε), of a rule that divides
            by a root; it needs no ε, and is at most s · π / 2. Everett et al., 2024.
        reduce_on_plateau: after so many updates without a lower loss the learning rate is
            multiplied by ``plateau_factor``. Calls are given the loss: ``apply(…, loss=loss)``.
        plateau_factor: by default 0.1.
        plateau_tolerance: a lower loss is one that is lower by this share, by default 0.0001.
        plateau_cooldown: updates after a reduction in which none are counted, by default 0.
        plateau_window: updates whose mean loss is looked at, instead of that of each, by default 1.
        plateau_least: what the rate is multiplied by at least, by default 0.
        mechanic: find what all moves are multiplied by, from this factor on, such as 1e-6: with a
            learning rate of 1, or a schedule around 1. Cutkosky, Defazio and Mehta, NeurIPS 2023.
        mechanic_decay: how much the weights themselves count among gradients there, by default
            0.01.
        radial_brake: the share of what a move adds to the norm of a matrix that is kept.
        independent_weight_decay: each update takes weight_decay · p off p, whatever the rate.
        decoupled_weight_decay: each update takes rate · weight_decay · p off p, before the rule and
            whatever ``convention`` means by decay; without a convention that is so anyway.
            Loshchilov and Hutter, ICLR 2019.
        maximize: go up along the gradient instead of down.
        convention: whose numbers the optimizer gives where libraries differ under one name, in
            formulas and defaults: ``"keras"``, ``"torch"`` or ``"optax"``.
        states: how slots are stored that have a value for each weight: ``"float32"``, or as wide
            as the arithmetic; ``"bfloat16"``, half of that, or ``"8bit"``, a quarter, rounded up or
            down at random so that the mean is right. Tensors of under 4,096 weights, vectors and
            slots that hold weights have no 8 bits. A dict names slots, such as ``{"m": "8bit"}``;
            others are wide.
        master: where the weights of parameters of 16 bits are exact: ``"float32"``, in a slot of
            four bytes; ``"remainder"``, in the parameter and a slot of two bytes, together exactly
            float32; ``"stochastic"``, nowhere: parameters are rounded up or down at random, so that
            the mean is right. The last two are for bfloat16. By default steps are rounded to
            nearest.
        nonfinite: what happens when a step would store NaN or infinity: ``"propagate"`` stores
            it, ``"skip"`` leaves every byte as it was and goes on, ``"raise"`` leaves every byte
            as it was and raises `NonFiniteError` with the parameter and the step;
            ``"skip_gradients"`` skips calls whose gradients are not finite, which costs one pass
            over the gradients, or nothing with clipnorm or global_clipnorm.

    """

    # For type checkers as plain as subclasses are used to declare it again, with another default.
    weight_decay: float | None = hyperparameter(default=None, kw_only=True, at_least=0)
    clipnorm: Setting[Hyperparameter | None] = hyperparameter(
        default=None,
        kw_only=True,
        above=0,
        endless=True,
        owner="step",
        stage="clip",
    )
    clipvalue: Setting[Hyperparameter | None] = hyperparameter(
        default=None,
        kw_only=True,
        above=0,
        endless=True,
        owner="step",
        stage="clip",
    )
    global_clipnorm: Setting[Hyperparameter | None] = hyperparameter(
        default=None,
        kw_only=True,
        above=0,
        endless=True,
        owner="step",
        stage="clip",
    )
    use_ema: bool = hyperparameter(default=False, kw_only=True, owner="step")
    ema_momentum: Setting[Hyperparameter] = hyperparameter(
        default=0.99,
        kw_only=True,
        at_least=0,
        at_most=1,
        owner="step",
    )
    ema_overwrite_frequency: Setting[Whole | None] = hyperparameter(
        default=None,
        kw_only=True,
        at_least=1,
        whole=True,
        owner="step",
    )
    loss_scale_factor: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, above=0, owner="step"
    )
    gradient_accumulation_steps: Setting[Whole | None] = hyperparameter(
        default=None,
        kw_only=True,
        at_least=1,
        whole=True,
        owner="step",
    )
    name: str = hyperparameter(
        default="optimizer",
        kw_only=True,
        owner="each",
        structure=False,
    )
    clip_order: str = hyperparameter(default="", kw_only=True, owner="step")
    adaptive_clip: Setting[Hyperparameter | None] = hyperparameter(
        default=None,
        kw_only=True,
        above=0,
        endless=True,
        owner="step",
        stage="clip",
    )
    centralize_gradients: bool = hyperparameter(default=False, kw_only=True, owner="step")
    cautious: bool = hyperparameter(default=False, kw_only=True)
    cautious_weight_decay: bool = hyperparameter(default=False, kw_only=True)
    schedule_free: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, above=0, below=1
    )
    schedule_free_power: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0
    )
    lookahead: Setting[Whole | None] = hyperparameter(
        default=None, kw_only=True, at_least=1, whole=True
    )
    lookahead_step_size: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, at_most=1
    )
    ema_nesterov: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0
    )
    ema_nesterov_momentum: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, below=1
    )
    reduce_on_plateau: Setting[Whole | None] = hyperparameter(
        default=None, kw_only=True, at_least=1, whole=True
    )
    plateau_factor: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, above=0, below=1
    )
    plateau_tolerance: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, at_most=1
    )
    plateau_cooldown: Setting[Whole | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, whole=True
    )
    plateau_window: Setting[Whole | None] = hyperparameter(
        default=None, kw_only=True, at_least=1, whole=True
    )
    plateau_least: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, at_most=1
    )
    hyperball: bool = hyperparameter(default=False, kw_only=True)
    mechanic: Setting[Hyperparameter | None] = hyperparameter(default=None, kw_only=True, above=0)
    mechanic_decay: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0
    )
    update_clip: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, above=0, endless=True
    )
    update_floor: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0
    )
    atan2: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, above=0, endless=True
    )
    radial_brake: Setting[Hyperparameter | None] = hyperparameter(
        default=None, kw_only=True, at_least=0, at_most=1
    )
    independent_weight_decay: bool = hyperparameter(default=False, kw_only=True)
    decoupled_weight_decay: bool = hyperparameter(default=False, kw_only=True)
    maximize: bool = hyperparameter(default=False, kw_only=True)
    convention: str = hyperparameter(
        default="keras",
        kw_only=True,
        structure=False,
    )
    states: str | Mapping[str, str] = hyperparameter(
        default=WIDE, kw_only=True, choices=NAMES, by_name=True, converts=True
    )
    master: str | None = hyperparameter(
        default=None, kw_only=True, choices=tuple(MASTERS), converts=True
    )
    nonfinite: str = hyperparameter(
        default="propagate",
        kw_only=True,
        choices=("propagate", "skip", "skip_gradients", "raise"),
        owner="step",
        replans=True,
    )


read_fields(Shared)
