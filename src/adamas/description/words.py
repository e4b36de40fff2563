"""Words of other libraries for arguments, and what to say here in their place: plain data."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..errors import ArgumentError
from ..registry import nearest

Names = Mapping[str, str | tuple[str, ...]]

TORCH: Names = {
    "lr": "learning_rate", "betas": ("beta_1", "beta_2"), "eps": "epsilon", "alpha": "rho",
    "lr_decay": "learning_rate_decay", "beta2_decay": "beta_2_decay", "d": "clip_threshold",
    "ns_coefficients": ("muon_a", "muon_b", "muon_c"),
}  # fmt: skip
OPTAX: Names = {
    "b1": "beta_1", "b2": "beta_2", "eps": "epsilon", "eps_root": "epsilon_root", "decay": "rho",
    "clipping_threshold": "clip_threshold", "weight_decay_rate": "weight_decay",
    "ns_coeffs": ("muon_a", "muon_b", "muon_c"), "adam_b1": "adam_beta_1",
    "adam_b2": "adam_beta_2", "consistent_rms": "rms_rate",
}  # fmt: skip

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "alpha": ("learning_rate",), "eta": ("learning_rate",), "step_size": ("learning_rate",),
    "rate": ("learning_rate",), "learning_rate_init": ("learning_rate",),
    "schedule": ("learning_rate",), "scheduler": ("learning_rate",),
    "lr_schedule": ("learning_rate",), "lr_scheduler": ("learning_rate",),
    "beta1": ("beta_1",), "beta2": ("beta_2",), "beta_one": ("beta_1",),
    "beta_two": ("beta_2",), "rho": ("beta_2",), "momentum": ("momentum", "beta_1"),
    "wd": ("weight_decay",), "l2": ("weight_decay",), "decay": ("rho",),
    "clip_norm": ("clipnorm",), "clip_value": ("clipvalue",), "clip": ("global_clipnorm",),
    "max_norm": ("global_clipnorm",), "max_grad_norm": ("global_clipnorm",),
    "grad_clip": ("global_clipnorm",), "clip_grad": ("global_clipnorm",),
    "clip_grad_norm": ("global_clipnorm",), "gradient_clip_val": ("global_clipnorm",),
    "ema": ("use_ema",), "ema_decay": ("ema_momentum",), "loss_scale": ("loss_scale_factor",),
    "accumulation_steps": ("gradient_accumulation_steps",),
    "accum_steps": ("gradient_accumulation_steps",),
    "accumulate_grad_batches": ("gradient_accumulation_steps",),
    "every_k_schedule": ("gradient_accumulation_steps",),
}  # fmt: skip
"""In papers, trainers and older versions: the first field that an optimizer has is meant."""

_FUSED = "Leave it out: a step is one fused pass anyway."
_METHOD = "For scipy.optimize.minimize: method=adamas.scipy.minimizer(adamas.Adam(0.01))."
_WARMUP = "Use learning_rate=adamas.schedules.Warmup(…), around any other schedule."
_PARAMETERS = (
    "Parameters come with each step: optimizer.apply(grads, params). The classes of adamas.torch "
    "take them first."
)
_STATES = 'For less: states="bfloat16" or "8bit", or by slot, {"v": "8bit"}.'
_BLOCKS = 'With states="8bit" blocks have 128 weights, and tensors of fewer than 4,096 stay wide.'
_FOLDER = (
    "For states on disk, of arrays of NumPy and tensors on the CPU: "
    "adamas.Adam(…).build(params, states_folder=…)."
)
_SENTENCES: Mapping[str, str] = {
    "params": _PARAMETERS, "parameters": _PARAMETERS, "model": _PARAMETERS,
    "foreach": _FUSED, "fused": _FUSED, "capturable": _FUSED, "jit_compile": _FUSED,
    "differentiable": "Use adamas.jax, whose steps can be differentiated.",
    "nesterov": "Use Nadam, which is Adam with Nesterov's momentum.",
    "use_nesterov": "Use Nadam, which is Adam with Nesterov's momentum.",
    "lr_decay": "Use learning_rate=adamas.schedules.InverseTimeDecay(…).",
    "decay": "Use learning_rate=adamas.schedules.InverseTimeDecay(…), or weight_decay.",
    "warmup": _WARMUP, "warmup_steps": _WARMUP, "num_warmup_steps": _WARMUP,
    "fun": _METHOD, "x0": _METHOD, "args": _METHOD, "jac": _METHOD,
    "dtype": f"State has the precision that the parameters need, at least float32. {_STATES}",
    "optim_bits": _STATES, "state_dtype": _STATES,
    "block_size": _BLOCKS, "block_wise": _BLOCKS, "min_8bit_size": _BLOCKS,
    "bf16_stochastic_round": 'Use master="stochastic".', "is_paged": _FOLDER,
    "states_folder": _FOLDER, "states_file": _FOLDER,
    "offload": "The classes of adamas.torch have it, for parameters on a GPU.",
    "compiler": "It is told to build: optimizer.build(params, compiler=…).",
}  # fmt: skip
"""What is no field anywhere → what there is in its place."""


def refuse_words(
    cls: Any, given: Iterable[str], known: Collection[str] | None = None, *, door: bool = True
) -> None:
    """`ArgumentError` for the first argument that `cls` does not have, with what is meant.

    Args:
        cls: the class of the optimizer.
        given: the names of arguments.
        known: those that there are, if not the fields.
        door: whether to tell of the class that takes PyTorch's words.
    """
    names = _known(cls, known)
    for word in given:
        if word not in names:
            raise ArgumentError(unknown(cls, word, names, door=door))


def unknown(cls: Any, word: str, known: Collection[str], *, door: bool = True) -> str:
    """What is said of an argument that `cls` does not have."""
    owner = cls.__name__
    meant = meaning(cls, word, known)
    if meant:
        torch = f" {_door(cls)} takes PyTorch's words." if door and word in _of_torch(cls) else ""
        return f"{owner} has no {word}. Did you mean {' and '.join(meant)}?{torch}"
    for library, convention in cls.conventions.items():
        if convention.way_to(word):
            return f"{owner} has no {word}, which is {library}'s. {convention.way_to(word)}"
    if word in _SENTENCES:
        return f"{owner} has no {word}. {_SENTENCES[word]}"
    return f"{owner} got an unknown argument {word!r}.{_nearest(cls, word, known)}"


def meaning(cls: Any, word: str, known: Collection[str] | None = None) -> tuple[str, ...]:
    """The arguments that another library's word means; none if it is nobody's."""
    here = _known(cls, known)
    own = [convention.arguments for convention in cls.conventions.values()]
    for names in (*own, TORCH, OPTAX):
        ours = names.get(word, ())
        ours = (ours,) if isinstance(ours, str) else ours
        if ours and all(name in here for name in ours):
            return ours
    return next(((name,) for name in _OTHERS.get(word, ()) if name in here), ())


def _known(cls: Any, known: Collection[str] | None) -> Collection[str]:
    return cls.fields if known is None else known


def _of_torch(cls: Any) -> Collection[str]:
    """PyTorch's words that the class of `adamas.torch` takes."""
    convention = cls.conventions.get("torch")
    return convention.arguments if convention else ("lr", "betas", "eps")


def _door(cls: Any) -> str:
    """The class of `adamas.torch`, as it is written."""
    if not cls.__module__.startswith("adamas."):
        return f"adamas.torch.wrap({cls.__name__})"
    convention = cls.conventions.get("torch")
    return f"adamas.torch.{(convention and convention.name) or cls.__name__}"


def _nearest(cls: Any, word: str, known: Collection[str]) -> str:
    """The argument nearest to a word, or those of the optimizer's own."""
    said = nearest(word, known)
    if said.startswith(" Did"):
        return said
    own = [name for name in known if name not in cls.common_arguments()]
    every = "what every optimizer takes: help(adamas.Optimizer)"
    return f" Known are: {', '.join([*own, 'and ' + every])}."


def every_word() -> list[str]:
    """All words of other libraries for an argument that there may be."""
    return list(dict.fromkeys([*TORCH, *OPTAX, *_OTHERS]))
