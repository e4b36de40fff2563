"""The table of all optimizers that are compared: their own arguments, their rules, wrong rules."""

import inspect
import sys
from itertools import product
from types import ModuleType
from typing import Any

import adamas
from adamas import Optimizer, schedules
from adamas.description import find_convention
from adamas.optimizer import OPTIMIZERS
from keras_peer import pick
from members_form import BETAS as BETAS
from members_form import Chance as Chance
from members_form import Member as Member
from members_form import Wrong as Wrong
from members_form import between, coin, drawn, momentum, small
from newer_members import NEWER as NEWER


def draw_sgd(chance: Chance) -> dict[str, Any]:
    """Nesterov's form needs momentum: PyTorch refuses it without."""
    chosen = momentum(chance)
    return {"momentum": chosen, "nesterov": chosen > 0 and coin(chance)}


AMSGRAD = {"amsgrad": True}
MOMENTUM = {"momentum": 0.7}
NESTEROV = {"momentum": 0.7, "nesterov": True}
CENTERED = {"centered": True}
DAMPENED = {"momentum": 0.7, "dampening": 0.4}
FADING = {"learning_rate_decay": 0.2}
BOTH = {"momentum": 0.7, "centered": True}
REGULAR = {
    "l1_regularization_strength": 0.3,
    "l2_regularization_strength": 0.1,
    "l2_shrinkage_regularization_strength": 0.2,
    "beta": 0.5,
}

COUPLED = '"torch": torch('
DECOUPLED = '"torch": (lambda *texts, **others: torch(*texts, decay="decoupled", **others))('

FACTORED = {"beta_2_decay": -0.6, "epsilon_1": 1e-3, "clip_threshold": 0.5}
FLOOR = {"epsilon_1": 5.0}
NONE = {"epsilon_1": None}
LARGE = {"ns_epsilon": 0.5}
BLOCKS = {"block_columns": 1, "ns_steps": 2}

BEGUN = {"first_distance": 0.1}
HERE = ("keras",)
"""The convention of optimizers that no library is compared with in the table."""

FAMILY: dict[str, Member] = {
    "Adafactor": Member(
        draw=drawn(
            beta_2_decay=between(-1, -0.5),
            epsilon_1=small,
            epsilon_2=lambda chance: float(10 ** chance.uniform(-3, 0.5)),
            clip_threshold=between(1, 1.5),  # PyTorch refuses less than 1
        ),
        variants=({}, FACTORED, {"relative_step": False}, NONE),
        rate=0.05,
        wrong=(
            Wrong("v = beta * v + (1 - beta) *", "v = (1 - beta) *", seen=("torch",)),
            Wrong("r = beta * r + (1 - beta) *", "r = (1 - beta) *", seen=("torch",)),
            Wrong("(square, axis=-2", "(square * square, axis=-2", seen=("torch",)),
            Wrong(
                "r / np.maximum(np.mean(r, axis=-2, keepdims=True), floor)",
                "r",
                seen=("keras",),
            ),
            Wrong("np.maximum(least, rms(p)) * rho", "least * rho", seen=("optax",)),
            Wrong("/ np.maximum(1, rms(u) / clip_threshold)", "", seen=("torch",)),
            Wrong("1 / np.sqrt(t)", "1", {"learning_rate": 1.0}, ("torch",)),
            Wrong("(g * g + added)", "(g * g)", {"epsilon_1": 0.1}, ("keras",)),
            Wrong("np.maximum(root, floor)", "root", FLOOR, ("torch",)),
            Wrong(
                'if convention == "torch" else (e', 'if convention == "" else (e', FLOOR, ("torch",)
            ),
            Wrong(
                "floor + spacings * spacing\n        r",
                "floor + spacings * 9\n        r",
                NONE,
                ("torch",),
            ),
            Wrong(
                "floor + spacings * spacing\n        v",
                "floor + spacings * 9\n        v",
                NONE,
                ("torch",),
            ),
            Wrong("if convention ==", "if convention !=", {"weight_decay": 0.3}, ("torch",)),
        ),
    ),
    "Adadelta": Member(
        draw=drawn(rho=between(0, 0.99), epsilon=small),
        variants=({},),
        rate=20.0,
        wrong=(
            Wrong("(g * g - v)", "(g - v)"),
            Wrong("np.sqrt(s + epsilon) /", "np.sqrt(epsilon) /"),
            Wrong("/ np.sqrt(v + epsilon)", "/ (np.sqrt(v) + epsilon)"),
            Wrong("(d * d - s)", "(g * g - s)"),
            Wrong(COUPLED, DECOUPLED, {"weight_decay": 0.3}, ("torch",)),
            Wrong('"coupled"', '"decoupled"', {"weight_decay": 0.3}, ("optax",)),
        ),
    ),
    "Adagrad": Member(
        draw=drawn(initial_accumulator_value=between(0, 1), epsilon=small),
        beyond={"learning_rate_decay": between(0, 0.5)},
        variants=({}, FADING),
        rate=0.5,
        wrong=(
            Wrong("a = a + g * g", "a = g * g"),
            Wrong('{"a": initial_accumulator_value}', '{"a": 0.5}'),
            Wrong(
                "sides(epsilon, joins)", 'sides(epsilon, {"square": "root"}.get(joins, "square"))'
            ),
            Wrong("rate * np", "np"),
            Wrong("(t - 1) *", "t *", FADING, ("torch",)),
            Wrong("(1 + (t", "(0.5 + (t", FADING, ("torch",)),
            Wrong(COUPLED, DECOUPLED, {"weight_decay": 0.3}, ("torch",)),
        ),
    ),
    "Adam": Member(
        draw=drawn(**BETAS, epsilon=small, amsgrad=coin),
        variants=({}, AMSGRAD),
        rate=0.05,
        wrong=(
            Wrong("(1 - beta_1) * (g - m)", "(1 - beta_2) * (g - m)"),
            Wrong("learning_rate * np.sqrt(of_v)", "learning_rate"),
            Wrong("alpha * m, v, epsilon_hat, within,", "alpha * m, v, 0, epsilon_hat,"),
            Wrong("np.maximum(v_hat, v_scale * v)", "v_scale * v", AMSGRAD),
            Wrong('"v_scale": 1 / of_v', '"v_scale": 1', AMSGRAD, ("optax",)),
            Wrong('if corrects == "rate"', 'if corrects != "rate"', seen=("keras", "torch")),
        ),
    ),
    "AdamW": Member(
        draw=drawn(**BETAS, epsilon=small, amsgrad=coin, weight_decay=between(0, 0.5)),
        variants=({}, AMSGRAD),
        rate=0.05,
        wrong=(
            Wrong("default=0.004", "default=0.04", seen=("keras",)),
            Wrong('"weight_decay": 0.01', '"weight_decay": 0.1', seen=("torch",)),
            Wrong('"weight_decay": 1e-4', '"weight_decay": 1e-2', seen=("optax",)),
            Wrong('Adam.conventions["keras"]', 'Adam.conventions["torch"]', seen=("keras",)),
            Wrong('{"corrects": "root"}', '{"corrects": "rate"}', seen=("torch",)),
        ),
    ),
    "Adamax": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({},),
        rate=0.1,
        wrong=(
            Wrong("beta_2 * u", "u"),
            Wrong("np.abs(g)", "g"),
            Wrong("learning_rate / (1 - beta_1**t)", "learning_rate"),
            Wrong('if joins == "maximum"', 'if joins != "maximum"'),
            Wrong(COUPLED, DECOUPLED, {"weight_decay": 0.3}, ("torch",)),
        ),
    ),
    "Ftrl": Member(
        draw=drawn(
            learning_rate_power=lambda chance: pick(chance, -0.5, float(chance.uniform(-1, 0))),
            initial_accumulator_value=between(0.01, 1),
            l1_regularization_strength=between(0, 0.5),
            l2_regularization_strength=between(0, 0.5),
            l2_shrinkage_regularization_strength=between(0, 0.5),
            beta=between(0, 1),
        ),
        variants=({}, REGULAR, {**REGULAR, "learning_rate_power": -0.8}),
        rate=0.5,
        wrong=(
            Wrong("- (new - old) * p", "- new * p"),
            Wrong("n**power", "np.sqrt(n)", {"learning_rate_power": -0.8}),
            Wrong("beta / learning_rate", "beta", REGULAR),
            Wrong("2 * l2_regularization_strength", "l2_regularization_strength", REGULAR),
            Wrong("shrinkage * p", "shrinkage", REGULAR),
            Wrong("np.minimum(np.maximum(z, -l1), l1)", "l1", REGULAR),
            Wrong('{"n": initial_accumulator_value}', '{"n": 0.5}'),
        ),
    ),
    "Lamb": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({},),
        rate=0.02,
        wrong=(
            Wrong("learning_rate * trust_ratio(p, r)", "learning_rate"),
            Wrong("trust_ratio(p, r)", "trust_ratio(p, g)", seen=("optax",)),
            Wrong(
                "v_scale * v, epsilon, within,",
                "v_scale * v, 0, epsilon,",
                seen=("keras",),
            ),
            Wrong("v_scale * v, epsilon", "v, epsilon", seen=("keras",)),
            Wrong("m_scale * m", "m", {"weight_decay": 0.3}, ("optax",)),
            Wrong("r + inner_decay * p", "r", {"weight_decay": 0.3}, ("optax",)),
        ),
    ),
    "Lion": Member(
        draw=drawn(beta_1=between(0.1, 1), beta_2=between(0, 0.999)),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("(1 - beta_1) * (g - m)", "(1 - beta_2) * (g - m)"),
            Wrong("np.sign(m + (1 - beta_1) * (g - m))", "np.sign(m)"),
            Wrong("(1 - beta_2) * (g - m)", "(1 - beta_1) * (g - m)"),
            Wrong('"weight_decay": 1e-3', '"weight_decay": 1e-2', seen=("optax",)),
        ),
    ),
    "Muon": Member(
        draw=drawn(
            adam_beta_1=between(0, 0.95),
            adam_beta_2=between(0.5, 0.999),
            adam_weight_decay=between(0, 0.5),
            epsilon=small,
            adam_lr_ratio=between(0.1, 2),
            muon_a=between(3.3, 3.5),
            momentum=between(0, 0.95),
            ns_steps=lambda chance: int(chance.integers(1, 6)),
            nesterov=coin,
            rms_rate=lambda chance: pick(chance, None, 0.2),
            exclude_layers=lambda chance: pick(chance, (), ("er2$",)),
        ),
        beyond={"ns_epsilon": lambda chance: float(10 ** chance.uniform(-7, 1))},
        variants=(
            {},
            {"nesterov": False, "rms_rate": None},
            {"stacked": True, "ns_steps": 2},
            {"polar_express": True},
            LARGE,
            BLOCKS,
        ),
        rate=0.05,
        wrong=(
            Wrong("m = momentum * m + gain * g", "m = momentum * m + g", seen=("torch",)),
            Wrong("ns_steps, added, least,", "ns_steps, least, added,", LARGE, ("torch",)),
            Wrong("u_of_g * g + u_of_m * m", "m", seen=("keras",)),
            Wrong("(u, muon_a, muon_b", "(u, muon_a, muon_c", seen=("torch",)),
            Wrong("learning_rate * step_scale", "step_scale", seen=("torch",)),
            Wrong("(rows, columns", "(columns, rows", {"rms_rate": None}, ("torch",)),
            Wrong(
                "adam_lr_ratio * learning_rate", "learning_rate", {"adam_lr_ratio": 0.3}, ("keras",)
            ),
            Wrong('"optax" and self', '"optax" and not self', seen=("optax",)),
        ),
    ),
    "Nadam": Member(
        draw=drawn(**BETAS, epsilon=small),
        beyond={"momentum_decay": between(0, 2)},
        variants=({}, {"momentum_decay": 0.1}, {"momentum_decay": None}),
        rate=0.05,
        wrong=(
            Wrong("mu_product = mu_product * mu", "mu_product = mu"),
            Wrong("learning_rate * mu_next", "learning_rate * mu", seen=("keras", "torch")),
            Wrong("(1 - mu) /", "(1 - beta_1) /", seen=("keras", "torch")),
            Wrong('"momentum_decay": None', '"momentum_decay": 1.0', seen=("optax",)),
            Wrong('"momentum_decay": 0.004', '"momentum_decay": 1.0', seen=("torch",)),
            Wrong("0.96 ** (decay * t)", "0.96**t", {"momentum_decay": 0.1}, ("torch",)),
            Wrong("0.5 * 0.96", "0.96", {"momentum_decay": 0.1}, ("torch",)),
            Wrong("1 / (1 - beta_2**t)", "1"),
            Wrong("v_scale * v, epsilon, within", "v_scale * v, 0, epsilon"),
        ),
    ),
    "RMSprop": Member(
        draw=drawn(rho=between(0.5, 0.99), momentum=momentum, epsilon=small, centered=coin),
        variants=({}, MOMENTUM, CENTERED, BOTH),
        rate=0.05,
        wrong=(
            Wrong("(g * g - v)", "(g - v)"),
            Wrong("return p + outer * b", "return p - outer * b", MOMENTUM),
            Wrong("b = momentum * b + u", "b = b + u", BOTH),
            Wrong("v - m * m", "v", CENTERED),
            Wrong("v - m * m", "v", BOTH),
            Wrong('joins="square", buffer', 'joins="root", buffer', seen=("keras",)),
            Wrong('{"joins": "root"', '{"joins": "square"', seen=("torch",)),
            Wrong('buffer="step"', 'buffer="direction"', MOMENTUM, ("keras",)),
            Wrong('"buffer": "direction"', '"buffer": "step"', MOMENTUM, ("torch",)),
            Wrong('"buffer": "move"', '"buffer": "step"', MOMENTUM, ("optax",)),
        ),
    ),
    "ScheduleFreeAdamW": Member(
        draw=drawn(
            beta_1=between(0.05, 0.95),
            beta_2=between(0.5, 0.999),
            epsilon=small,
            warmup_steps=lambda chance: int(chance.integers(0, 9)),
        ),
        variants=({}, {"warmup_steps": 4}),
        rate=0.1,
        wrong=(
            Wrong('schedule_free("beta_1", "z", ', 'schedule_free("beta_2", "z", '),
            Wrong("v_scale * v, epsilon", "v, epsilon"),
            Wrong("learning_rate * warmed", "learning_rate", {"warmup_steps": 4}),
        ),
    ),
    "SGD": Member(
        draw=draw_sgd,
        beyond={"dampening": between(0, 1)},
        variants=({}, MOMENTUM, NESTEROV, DAMPENED),
        rate=0.1,
        wrong=(
            Wrong("p - learning_rate * g", "p - g"),
            Wrong("b = momentum * b", "b = b", MOMENTUM),
            Wrong("p + outer * b, b", "p - outer * b, b", MOMENTUM),
            Wrong("outer * (momentum * b + inner * g)", "outer * b", NESTEROV),
            Wrong('buffer="move"', 'buffer="direction"', MOMENTUM, ("keras",)),
            Wrong('"direction"}, counted', '"move"}, counted', MOMENTUM, ("torch",)),
            Wrong("np.where(t == 1, 1, 1 - dampening)", "1 - dampening", DAMPENED, ("torch",)),
            Wrong("1 - dampening)", "1)", DAMPENED, ("torch",)),
            Wrong(COUPLED, DECOUPLED, {"weight_decay": 0.3, **MOMENTUM}, ("torch",)),
        ),
    ),
    "Prodigy": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=(
            {},
            {"bias_correction": True, "safeguard_warmup": True},
            {"beta_3": 0.9, "growth_rate": 1.1, "distance_factor": 2.0},
        ),
        rate=1.0,
        wrong=(
            Wrong("(1 - beta_1) * d * g", "(1 - beta_1) * g", BEGUN, HERE),
            Wrong("(1 - beta_2) * d * d", "(1 - beta_2) * d", BEGUN, HERE),
            Wrong("rate * size > 0", "rate * size < 0", BEGUN, HERE),
        ),
        in_keras=False,
        begun=BEGUN,
    ),
    "DAdaptAdam": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({},),
        rate=1.0,
        wrong=(
            Wrong("(1 - beta_1) * alpha * g", "(1 - beta_1) * g", BEGUN, HERE),
            Wrong("(1 - keep) * alpha * g", "alpha * g", BEGUN, HERE),
        ),
        in_keras=False,
        begun=BEGUN,
    ),
    "DoG": Member(
        draw=drawn(epsilon=small),
        variants=({}, {"relative": False}, {"first_rate": 0.01}),
        rate=1.0,
        wrong=(
            Wrong("np.sqrt(gradients + epsilon)", "(gradients + epsilon)", BEGUN, HERE),
            Wrong("np.sqrt(total(start * start))", "total(start * start)", BEGUN, HERE),
        ),
        in_keras=False,
        begun=BEGUN,
    ),
    "DoWG": Member(
        draw=drawn(epsilon=small),
        variants=({}, {"first_distance": 0.01}),
        rate=1.0,
        wrong=(
            Wrong("(np.sqrt(v) + epsilon)", "(v + epsilon)", BEGUN, HERE),
            Wrong("gradients + r * total", "gradients + total", BEGUN, HERE),
        ),
        in_keras=False,
        begun=BEGUN,
    ),
    "AdaBelief": Member(
        draw=drawn(**BETAS, epsilon=small, epsilon_root=small),
        variants=({}, {"epsilon_root": 0.01}),
        rate=0.05,
        wrong=(
            Wrong("(1 - beta_1) * (g - m)", "(1 - beta_2) * (g - m)", seen=("optax",)),
            Wrong("((g - m) * (g - m) - s)", "(g * g - s)", seen=("optax",)),
            Wrong("learning_rate * root", "learning_rate", seen=("optax",)),
            Wrong(" + added", "", {"epsilon_root": 0.01}, ("optax",)),
            Wrong("epsilon * root", "epsilon", seen=("optax",)),
            Wrong("else epsilon_root", "else epsilon", {"epsilon_root": 0.1}, ("optax",)),
        ),
        in_keras=False,
    ),
    **NEWER,
}

FAMILY |= {
    "SM3": Member(
        draw=drawn(momentum=momentum, epsilon=small),
        variants=({}, {"momentum": 0.0}),
        rate=0.5,
        wrong=(
            Wrong("+ g * g", "+ g", seen=("optax",)),
            Wrong("np.minimum(s, np.minimum(r, c))", "np.minimum(s, r)", seen=("optax",)),
            Wrong("np.max(v, axis=(0, 1)", "np.min(v, axis=(0, 1)", seen=("optax",)),
            Wrong("(1 - momentum) * scaled", "scaled", seen=("optax",)),
        ),
        in_keras=False,
    ),
    "NoisySGD": Member(
        draw=drawn(eta=between(0, 0.01), gamma=between(0, 1)),
        variants=({}, {"eta": 1e-3, "gamma": 0.0}),
        rate=0.1,
        wrong=(Wrong("p - learning_rate * g", "p - g", seen=("optax",)),),
        in_keras=False,
    ),
}
CROSSED = tuple(name for name, member in FAMILY.items() if not member.like)
"""Those whose crossings with everything are tried, for others of their form as well."""

ALIKE = {"KLShampoo": "Shampoo", "KLSOAP": "SOAP", "MoMoAdam": "MoMo"}
"""Those that are no members of the table, and whose rule has the form of another."""


def stands_for_its_form(name: str) -> bool:
    """Whether an optimizer, of the table or not, is the one of its form that is crossed."""
    return name in CROSSED or (name not in FAMILY and name not in ALIKE)


FOLLOWING = ("ASGD", "Ftrl", "LARS", "COCOB", "NovoGrad")
"""Those that have parameters in what they remember."""

IN_KERAS = tuple(name for name, member in FAMILY.items() if member.in_keras)


def kind_of(name: str) -> type[Optimizer]:
    """The class called `name`."""
    return getattr(adamas, name)


def conventions_of(name: str) -> tuple[str, ...]:
    """The conventions that the optimizer has."""
    return tuple(dict.fromkeys(("keras", *kind_of(name).conventions)))


def formulas_of(name: str) -> tuple[str, ...]:
    """Those conventions whose formulas or rules differ, and not only their defaults and words."""
    found: dict[str, str] = {}
    for convention in conventions_of(name):
        meant = find_convention(kind_of(name), convention)
        made = kind_of(name)(learning_rate=0.1, convention=convention)
        rules = [rule.__qualname__ for rule in made.rules()]
        asks = "convention" in inspect.signature(made.prepare).parameters
        data = (sorted(meant.data.items()), meant.decay, rules, convention if asks else "")
        found.setdefault(repr(data), convention)
    return tuple(found.values())


def make_wrong(name: str, wrong: Wrong) -> type[Optimizer]:
    """The class with a wrong rule, which nobody else gets to see.

    What is wrong may be in one of the files beside the optimizer's own that it takes functions of.
    """
    module = sys.modules[kind_of(name).__module__]
    source = inspect.getsource(module)
    beside = None if wrong.old in source else _beside(module, wrong.old)
    assert wrong.old in source or beside, f"{name}: no {wrong.old!r} in {module.__name__}"
    if beside is None:
        source = source.replace(wrong.old, wrong.new)
    known = dict(OPTIMIZERS)
    namespace = _run(module, source.replace(f"class {name}(", f"class Wrong{name}("))
    if beside is not None:
        changed = _run(beside, inspect.getsource(beside).replace(wrong.old, wrong.new))
        own = {key: value for key, value in changed.items() if inspect.isfunction(value)}
        namespace.update({key: value for key, value in own.items() if key in namespace})
    OPTIMIZERS._classes = known
    return namespace[f"Wrong{name}"]


def _beside(module: ModuleType, text: str) -> ModuleType | None:
    """The file with `text` among those that an optimizer's file takes functions of."""
    names = {value.__module__ for value in vars(module).values() if inspect.isfunction(value)}
    beside = (sys.modules[name] for name in names if name.startswith("adamas.optimizers."))
    return next((one for one in beside if text in inspect.getsource(one)), None)


def _run(module: ModuleType, source: str) -> dict[str, Any]:
    """What a file defines whose text is `source`, in place of the module's own."""
    namespace: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(source, f"<wrong {module.__name__}>", "exec"), namespace)
    return namespace


FALLING = schedules.ExponentialDecay(0.1, 3, 0.7)
ALL_STAGES = {
    "weight_decay": 0.3,
    "global_clipnorm": 3.0,
    "use_ema": True,
    "ema_momentum": 0.7,
    "gradient_accumulation_steps": 2,
    "loss_scale_factor": 8.0,
}


def plain(name: str, **arguments: Any) -> dict[str, Any]:
    """A falling rate and an epsilon that is large enough to show, beside `arguments`."""
    epsilon = {"epsilon": 1e-3} if "epsilon" in kind_of(name).fields else {}
    return {"learning_rate": FALLING, **epsilon, **arguments}


def combinations(name: str) -> list[dict[str, Any]]:
    """Every rule by every formula alone, and each rule and each formula with all stages."""
    variants, formulas = FAMILY[name].variants, formulas_of(name)
    crossed = list(product(variants, formulas))
    alone = [plain(name, **variant, convention=one) for variant, one in crossed]
    staged = [
        plain(name, **variant, **ALL_STAGES, convention=one)
        for variant, one in crossed
        if variant is variants[0] or one == formulas[0]
    ]
    return alone + staged
