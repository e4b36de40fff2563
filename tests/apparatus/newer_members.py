"""The members of the family that Keras does not have: their arguments, rules and wrong rules."""

from collections.abc import Mapping

from members_form import BETAS, Member, Wrong, between, coin, drawn, momentum, small

OPTAX, TORCH = ("optax",), ("torch",)
LIBRARIES = ("torch", "optax")
NESTEROV = {"nesterov": True}
EARLY = {"beta_2": 0.9}
AVERAGED = {"damping": 0.1, "average_from": 2.0}
DECAYING = {"weight_decay": 0.3}
ROWS = {"units": "rows"}

NEWER: Mapping[str, Member] = {
    "ACProp": Member(
        draw=drawn(**BETAS, epsilon=small, epsilon_root=small),
        variants=({"epsilon_root": 0.01},),
        rate=0.05,
        wrong=(
            Wrong("(g - m) ** 2", "(g - p) ** 2", seen=OPTAX),
            Wrong("np.where(t == 1, 1.0, np.sqrt(s / known))", "np.sqrt(s)", seen=OPTAX),
            Wrong("beta_2 ** (t - 1)", "beta_2**t", seen=OPTAX),
            Wrong("beta_1**2", "1.0", seen=("keras",)),
            Wrong("else epsilon_root", "else epsilon", {"epsilon_root": 0.1}, OPTAX),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "AdamMini": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({}, ROWS, {"units": "tensor"}),
        rate=0.05,
        wrong=(
            Wrong("(square - v)", "(square * square - v)"),
            Wrong("axis=-2", "axis=-1"),
            Wrong("axis=-1", "axis=-2", ROWS),
            Wrong("(1 - beta_1) * (g - m)", "(1 - beta_2) * (g - m)"),
        ),
        in_keras=False,
    ),
    "AdamaxW": Member(
        draw=drawn(**BETAS, epsilon=small, weight_decay=between(0, 0.5)),
        variants=({},),
        rate=0.1,
        wrong=(
            Wrong("Adamax.prepare(t,", "Adamax.prepare(t + 1,", seen=OPTAX),
            Wrong('"weight_decay": 1e-4', '"weight_decay": 1e-2', seen=OPTAX),
            Wrong('convention == "optax"', 'convention != "optax"', seen=OPTAX),
        ),
        in_keras=False,
        like="Adamax",
    ),
    "Adan": Member(
        draw=drawn(**BETAS, beta_3=between(0.5, 0.999), epsilon=small, epsilon_root=small),
        variants=({},),
        rate=0.02,
        wrong=(
            Wrong("(1 - beta_1) * (g - m)", "(1 - beta_2) * (g - m)", seen=OPTAX),
            Wrong("np.where(t == 1, 0, 1)", "1.0", seen=OPTAX),
            Wrong("1 - beta_2 if convention", "beta_2 if convention", seen=OPTAX),
            Wrong("(g + ahead * d) ** 2", "g**2", seen=OPTAX),
            Wrong("learning_rate * ahead", "learning_rate", seen=OPTAX),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "AdEMAMix": Member(
        draw=drawn(
            **BETAS,
            beta_3=between(0.5, 0.9999),
            alpha=between(0, 8),
            epsilon=small,
            epsilon_root=small,
        ),
        variants=({}, {"warmup_steps": 4}),
        rate=0.05,
        wrong=(
            Wrong("new * (g - s)", "(1 - beta_1) * (g - s)", seen=OPTAX),
            Wrong("m_scale * m + weight * s", "m_scale * (m + weight * s)", seen=OPTAX),
            Wrong('"weight": share * alpha', '"weight": alpha', {"warmup_steps": 9}, ("keras",)),
            Wrong("np.maximum(growing, 1 - beta_3)", "1 - beta_3", {"warmup_steps": 9}, ("keras",)),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "ADOPT": Member(
        draw=drawn(**BETAS, epsilon=small, nesterov=coin, clipping=coin),
        variants=({}, NESTEROV, {"clipping": False}),
        rate=0.05,
        wrong=(
            Wrong("np.maximum(np.sqrt(v), epsilon)", "(np.sqrt(v) + epsilon)", seen=OPTAX),
            Wrong("np.where(t == 1, 1, 1 - beta_2)", "1 - beta_2", seen=OPTAX),
            Wrong(
                "np.where(t == 1, 0, learning_rate)",
                "learning_rate",
                {"nesterov": True, "clipping": False},
                OPTAX,
            ),
            Wrong("(t - 1) ** 0.25", "t**0.25", seen=OPTAX),
            Wrong("1 - beta_1 if nesterov", "1 if nesterov", NESTEROV, OPTAX),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "ASGD": Member(
        draw=drawn(damping=between(0, 0.5), power=between(0.5, 1), average_from=between(0, 5)),
        variants=(AVERAGED,),
        rate=0.05,
        wrong=(
            Wrong("damping * p + g", "g", seen=TORCH),
            Wrong("learning_rate * t)", "learning_rate * (t + 1))", AVERAGED, seen=TORCH),
            Wrong("share * (p - a)", "p - a", {**AVERAGED, "average_from": 0.0}, seen=TORCH),
            Wrong("1 / np.maximum(1, t - average_from)", "1", AVERAGED, seen=TORCH),
        ),
        in_keras=False,
    ),
    "COCOB": Member(
        draw=drawn(alpha=between(1, 200), epsilon=small),
        variants=({},),
        rate=1.0,
        wrong=(
            Wrong("np.maximum(largest, np.abs(g))", "np.abs(g)", seen=OPTAX),
            Wrong("np.maximum(reward - g * (p - start), 0)", "reward", seen=OPTAX),
            Wrong("(largest + reward)", "largest", seen=OPTAX),
            Wrong("alpha * largest", "largest", seen=OPTAX),
        ),
        in_keras=False,
        like="MADGRAD",
    ),
    "Fromage": Member(
        draw=drawn(min_norm=small),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("1 / np.sqrt(1 +", "1 / (1 +", seen=OPTAX),
            Wrong("np.maximum(norm(g), min_norm)", "(norm(g) + 1)", seen=OPTAX),
            Wrong("shrink * (p -", "(p -", seen=OPTAX),
        ),
        in_keras=False,
        like="Lamb",
    ),
    "LaProp": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("(np.sqrt(v_scale * v) + epsilon) - m", "(np.sqrt(v) + epsilon) - m"),
            Wrong("learning_rate / (1 - beta_1**t)", "learning_rate"),
            Wrong("(1 - beta_2) * (g * g - v)", "(1 - beta_1) * (g * g - v)"),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "LARS": Member(
        draw=drawn(
            momentum=momentum, trust_coefficient=between(0, 0.1), epsilon=small, nesterov=coin
        ),
        variants=({}, NESTEROV),
        rate=0.05,
        wrong=(
            Wrong("trust_coefficient * weights", "weights", seen=OPTAX),
            Wrong("(gradient + epsilon)", "gradient", {"epsilon": 0.5}, OPTAX),
            Wrong("momentum * b -", "b -", seen=OPTAX),
            Wrong("(learning_rate, momentum) if", "(learning_rate, 1) if", NESTEROV, OPTAX),
            Wrong('decay="coupled",\n', 'decay="decoupled",\n', DECAYING, OPTAX),
        ),
        in_keras=False,
        like="Lamb",
    ),
    "MADGRAD": Member(
        draw=drawn(momentum=between(0, 0.95), epsilon=small),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("np.cbrt(v)", "np.sqrt(v)", seen=OPTAX),
            Wrong("np.sqrt(t)", "1.0", seen=OPTAX),
            Wrong("(learning_rate + epsilon)", "learning_rate", seen=OPTAX),
            Wrong("start - s /", "p - s /", seen=OPTAX),
            Wrong('decay="coupled",', 'decay="decoupled",', DECAYING, OPTAX),
        ),
        in_keras=False,
    ),
    "MARS": Member(
        draw=drawn(**BETAS, epsilon=small, gamma=between(0, 0.1)),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("gain * (g - last)", "gain * (g + last)"),
            Wrong("c / np.maximum(norm(c), 1)", "c"),
            Wrong("gamma * beta_1 /", "gamma /"),
        ),
        in_keras=False,
        like="Lamb",
    ),
    "NorMuon": Member(
        draw=drawn(
            adam_beta_1=between(0, 0.95),
            adam_beta_2=between(0.5, 0.999),
            epsilon=small,
            momentum=between(0, 0.95),
            units_beta=between(0, 0.99),
            nesterov=coin,
            ns_steps=lambda chance: int(chance.integers(1, 6)),
        ),
        variants=({}, {**ROWS, "nesterov": False}),
        rate=0.05,
        wrong=(
            Wrong("1 - momentum if nesterov", "momentum if nesterov"),
            Wrong("axis = -2 if", "axis = -1 if"),
            Wrong("else -1", "else -2", ROWS),
            Wrong("np.sqrt(rows * columns)", "rows"),
            Wrong("(1 - units_beta) *", "units_beta *"),
        ),
        in_keras=False,
        like="Muon",
    ),
    "NovoGrad": Member(
        draw=drawn(
            beta_1=between(0, 0.95), beta_2=between(0, 1), epsilon=small, epsilon_root=small
        ),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("np.where(t == 1, 1, 1 - beta_2)", "1 - beta_2", seen=OPTAX),
            Wrong("np.sum(g * g)", "np.mean(g * g)", seen=OPTAX),
            Wrong("beta_1 * m + (", "m + (", seen=OPTAX),
            Wrong("u + inner_decay * p", "u", DECAYING, OPTAX),
        ),
        in_keras=False,
    ),
    "OptimisticAdam": Member(
        draw=drawn(
            **BETAS,
            alpha=between(0, 2),
            beta=between(0, 2),
            epsilon=small,
            epsilon_root=small,
            nesterov=coin,
        ),
        variants=({}, {"nesterov": False, "alpha": 0.7}),
        rate=0.05,
        wrong=(
            Wrong("- of_last * last", "", seen=OPTAX),
            Wrong("m, v, u", "m, v, g", seen=OPTAX),
            Wrong("of_m * m + of_g * g", "of_m * m", seen=OPTAX),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "OptimisticGradientDescent": Member(
        draw=drawn(alpha=between(0, 2), beta=between(0, 2)),
        variants=({}, {"alpha": 0.7, "beta": 0.4}),
        rate=0.05,
        wrong=(
            Wrong("np.where(t == 1, now - of_last, now)", "now", seen=OPTAX),
            Wrong("- of_last * last", "", seen=OPTAX),
            Wrong("learning_rate * (alpha + beta)", "learning_rate * alpha", seen=OPTAX),
        ),
        in_keras=False,
        like="Lion",
    ),
    "RAdam": Member(
        draw=drawn(**BETAS, epsilon=small),
        beyond={"epsilon_root": small, "nesterov": coin, "threshold": between(4, 6)},
        variants=({"beta_2": 0.9}, {"beta_2": 0.9, **NESTEROV}),
        rate=0.1,
        wrong=(
            Wrong("(rho - 4) * (rho - 2)", "(rho - 4) * (rho - 3)", EARLY, LIBRARIES),
            Wrong("u = of_m * m + of_g * g", "u = m", seen=LIBRARIES),
            Wrong("2 / (1 - beta_2) - 1", "2 / (1 - beta_2)", seen=LIBRARIES),
            Wrong('if convention == "torch"', 'if convention == ""', {"epsilon": 0.5}, ("torch",)),
            Wrong(
                "np.where(rectified, r * u",
                "np.where(rectified, u",
                {"beta_2": 0.9},
                seen=LIBRARIES,
            ),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
    "Rprop": Member(
        draw=drawn(eta_minus=between(0.2, 0.8), eta_plus=between(1.1, 1.5)),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong('{"s": learning_rate}', '{"s": 0.5}', seen=LIBRARIES),
            Wrong("np.where(same > 0, eta_plus,", "np.where(same > 0, 1,", seen=LIBRARIES),
            Wrong("np.where(same < 0, 0, g)", "g", seen=("torch",)),
            Wrong("np.where(same < 0, 0, s * np.sign(g))", "s * np.sign(g)", seen=OPTAX),
            Wrong("p - np.where(same < 0, 0, last)", "p - last", seen=OPTAX),
            Wrong("np.where(same < 0, eta_minus, 1)", "1", seen=LIBRARIES),
        ),
        in_keras=False,
    ),
    "Signum": Member(
        draw=drawn(momentum=between(0.1, 0.95)),
        variants=({"momentum": 0.7}, {"momentum": 0.0}),
        rate=0.05,
        wrong=(
            Wrong("(1 - momentum) * (g - m)", "g", seen=OPTAX),
            Wrong("np.sign(m)", "m", seen=OPTAX),
        ),
        in_keras=False,
        like="Lion",
    ),
    "SimplifiedAdEMAMix": Member(
        draw=drawn(**BETAS, alpha=between(0, 3), epsilon=small, epsilon_root=small),
        variants=({"alpha": 2.0},),
        rate=0.01,
        wrong=(
            Wrong("m = beta_1 * m + g", "m = m + (1 - beta_1) * (g - m)", seen=OPTAX),
            Wrong("m + alpha * g", "m", {"alpha": 2.0}, OPTAX),
            Wrong("1 / (1 - beta_2**t)", "1", seen=OPTAX),
        ),
        in_keras=False,
        begun={"beta_1": 0.9},  # with 0.99 it swings around a minimum for longer
        like="AdaBelief",
    ),
    "StableAdamW": Member(
        draw=drawn(**BETAS, epsilon=small, weight_decay=between(0, 0.5)),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("/ np.maximum(1, rms", "/ np.minimum(1, rms"),
            Wrong("np.maximum(root, epsilon)", "(root + epsilon)"),
            Wrong("u + inner_decay * p", "u", DECAYING),
            Wrong("m_scale * m", "m"),
        ),
        in_keras=False,
        like="Lamb",
    ),
    "Yogi": Member(
        draw=drawn(**BETAS, epsilon=small),
        variants=({},),
        rate=0.05,
        wrong=(
            Wrong("np.sign(v - g * g) * g * g", "(v - g * g)", seen=OPTAX),
            Wrong("default=1e-6", "default=1e-2", seen=OPTAX),
            Wrong("learning_rate / (1 - beta_1**t)", "learning_rate", seen=OPTAX),
        ),
        in_keras=False,
        like="AdaBelief",
    ),
}
