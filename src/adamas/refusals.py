"""What compilers and frameworks refuse: they raise it from here, and the support table lists it.

Nothing else raises `UnsupportedError`, so what is not here is not refused.
"""

from dataclasses import dataclass

from .errors import AdamasError, ArrayTypeError, CheckpointError, UnsupportedError

FRONT_ENDS = {
    "numpy": "NumPy",
    "tensors": "tensors in `apply`",
    "torch": "`adamas.torch` on CPU",
    "cuda": "`adamas.torch` on CUDA",
    "backward": "`apply_in_backward`",
    "divided": "DTensor: FSDP2, TP",
    "flat": "FSDP1",
    "shared": "ZeRO",
    "jax": "`adamas.jax`",
    "optax": "optax",
    "keras-jax": "Keras on JAX",
    "keras-torch": "Keras on PyTorch",
    "keras-tensorflow": "Keras on TensorFlow",
    "scipy": "SciPy",
}
"""Each way to use an optimizer, and what the support table calls it."""

OF_TENSORS = (
    *("Adafactor", "AdamMini", "Fromage", "GaLore", "KLShampoo", "KLSOAP", "Lamb", "LARS", "MARS"),
    *("Muon", "NorMuon", "NovoGrad", "NoisySGD", "PSGDKron", "SGLD", "Shampoo", "SM3", "SOAP"),
    "StableAdamW",
)
"""Optimizers whose rule needs sums over a tensor, the whole of it, or the places in it."""

KERAS = ("keras-jax", "keras-torch", "keras-tensorflow")
TORCH = ("torch", "cuda", "backward", "divided", "flat", "shared")
TRACED = ("jax", "optax")
WITH_SPARSE = ("tensors", "torch", "cuda", "backward", "shared")
"""Where PyTorch has sparse gradients."""


@dataclass(frozen=True)
class Refusal:
    """One thing that cannot be done, as data.

    Attributes:
        law: what must hold.
        way_out: what to do instead.
        front_ends: where, by the names in `FRONT_ENDS`.
        features: what it is about, by the names in the support table; all if there are none.
        optimizers: those that it is about; all if there are none.
        when: the condition under which it is refused, if that is not always.
        kind: the error that is raised.
    """

    law: str
    way_out: str
    front_ends: tuple[str, ...]
    features: tuple[str, ...] = ()
    optimizers: tuple[str, ...] = ()
    when: str = ""
    kind: type[AdamasError] = UnsupportedError

    def error(self, got: object) -> AdamasError:
        """The error that says it, and what came."""
        return self.kind(f"{self.law} Got: {got}. {self.way_out}")

    def concerns(self, front_end: str, optimizer: str = "", feature: str = "") -> bool:
        """Whether it is always refused there: this optimizer, this feature of it, or both."""
        return (
            not self.when
            and front_end in self.front_ends
            and (not self.optimizers or optimizer in self.optimizers)
            and (not self.features or feature in self.features)
        )


# -- arguments ------------------------------------------------------------------------------------

RAISING = Refusal(
    "nonfinite must be 'propagate', 'skip' or 'skip_gradients' where steps are compiled whole: "
    "they cannot raise.",
    "Use nonfinite='skip', and look at how many calls were skipped.",
    (*TRACED, *KERAS),
    features=("nonfinite='raise'",),
)
REMAINDER_IN_OPTAX = Refusal(
    "master='remainder' must write parameters itself: what is added to one is rounded once more.",
    "Use step = adamas.jax.functional(optimizer), or master='float32'.",
    ("optax",),
    features=("master='remainder'",),
)
RAISING_IN_GRAPH = Refusal(
    "A step that is captured as a CUDA graph must not be one that raises: it waits for nothing.",
    "Use nonfinite='skip', and look at optimizer.skipped.",
    ("tensors", "cuda"),
    when="for nonfinite='raise' in CUDA graphs",
)
FOLDER_ELSEWHERE = Refusal(
    "states_folder must be of parameters in host memory that are not divided among processes.",
    "Leave it away, or let the parameters be on the CPU.",
    ("tensors",),
    when="for states_folder with DTensors, and on a GPU",
)
EXCLUSION_BY_ARRAY = Refusal(
    "Parameters must be excluded from weight decay by name where a step makes new arrays of them.",
    "Use exclude_from_weight_decay(var_names=[…]).",
    (*TRACED, "scipy"),
    features=("exclusions by array",),
)
GLOBAL_NORM_IN_BACKWARD = Refusal(
    "global_clipnorm needs all gradients before the first step, and apply_in_backward frees each "
    "at once.",
    "Use clipnorm, which is for each tensor, or clipvalue, or the norm of the update before, "
    "apply_in_backward(model, optimizer, global_norm='last'), or optimizer.step().",
    ("backward",),
    features=("global_clipnorm", "clip_order"),
)
TOTALS_IN_BACKWARD = Refusal(
    "Sums over all tensors need all gradients, and apply_in_backward steps each parameter before.",
    "Use optimizer.step(), or offload='cpu', where gradients are gathered on the host.",
    ("backward",),
    optimizers=("DAdaptAdam", "DoG", "DoWG", "Prodigy"),
)
MECHANIC_IN_BACKWARD = Refusal(
    TOTALS_IN_BACKWARD.law,
    TOTALS_IN_BACKWARD.way_out,
    ("backward",),
    features=("mechanic", "mechanic_decay"),
)
DDP_IN_BACKWARD = Refusal(
    "DistributedDataParallel joins gradients of processes when they are there, and "
    "apply_in_backward has made its steps by then.",
    "Use fully_shard of FSDP2, which joins them before, or optimizer.step().",
    ("backward",),
    when="for models in DistributedDataParallel",
)
OFFLOAD_OF_PARTS = Refusal(
    "offload needs whole parameters, and FSDP has a way of its own to keep them on the host.",
    "Use fully_shard(model, offload_policy=CPUOffloadPolicy()), or CPUOffload of FSDP1: their "
    "parameters and gradients lie on the CPU, and so does the state.",
    ("divided", "flat"),
    features=("offload='cpu'",),
)
INPUTS_IN_BACKWARD = Refusal(
    "What a step is given beside gradients, such as the loss, must come with a call of step, and "
    "apply_in_backward steps each parameter before.",
    "Use optimizer.step(loss=loss).",
    ("backward",),
    optimizers=("AdaHessian", "MoMo", "MoMoAdam", "PolyakSGD", "Sophia"),
)
ARRAYS_IN_SEARCH = Refusal(
    "A search has the loss and its gradient, and no other arrays that an optimizer must be given.",
    "Make steps by optimizer.apply(grads, params, hessian=…).",
    ("scipy",),
    optimizers=("AdaHessian",),
)
BOUNDS_IN_DRIVER = Refusal(
    "A driver looks along lines that have no bounds.",
    "Use SciPy's method L-BFGS-B, or an optimizer that makes one step for each gradient, such as "
    "Adam, whose points are projected.",
    ("scipy",),
    when="for bounds with a driver, such as LBFGS",
)
DRIVER_IN_OPTAX = Refusal(
    "An update of optax has one gradient, and a driver looks several times in a call.",
    "Use step = adamas.jax.functional(driver), whose call is "
    "step.apply(jax.value_and_grad(loss_of), state, params), also under jax.jit.",
    ("optax",),
    when="for drivers, such as LBFGS",
)
LOSS_IN_BACKWARD = Refusal(
    INPUTS_IN_BACKWARD.law,
    INPUTS_IN_BACKWARD.way_out,
    INPUTS_IN_BACKWARD.front_ends,
    features=(
        *("reduce_on_plateau", "plateau_factor", "plateau_tolerance", "plateau_cooldown"),
        *("plateau_window", "plateau_least"),
    ),
)
TRACED_COUNT = Refusal(
    "How often a function of whole tensors repeats something must be a plain number where steps "
    "are traced.",
    "Give a number, such as ns_steps=5; under optax.inject_hyperparams, name it in static_args.",
    (*TRACED, *KERAS),
    features=("numbers by callables",),
    optimizers=("Muon",),
    when="for ns_steps",
)
DIFFERENTIABLE = Refusal(
    "A step of adamas.torch is not differentiable.",
    "Use adamas.jax, or torch.optim.",
    TORCH,
    features=("steps that are differentiated",),
)

# -- optimizers -----------------------------------------------------------------------------------

COMPOSITE_IN_TORCH = Refusal(
    "A class of adamas.torch must have a rule of its own, or be MultiOptimizer around such.",
    "Use torch.amp.GradScaler in place of LossScaleOptimizer: every optimizer of adamas.torch "
    "divides by its scale, and skips what is not finite, in the pass of the step.",
    TORCH,
    optimizers=("LossScaleOptimizer",),
)
COMPOSITE_IN_KERAS = Refusal(
    "A class of adamas.keras must have a rule of its own, or be MultiOptimizer around such.",
    "Use keras.optimizers.LossScaleOptimizer around an optimizer of adamas.keras, as Keras does by "
    "itself with dtype policy mixed_float16: its fit and its callbacks ask for Keras's class.",
    KERAS,
    optimizers=("LossScaleOptimizer",),
)
RATE_OF_MULTI = Refusal(
    "In Keras, MultiOptimizer has no learning_rate of its own to be set: each optimizer in it has "
    "one.",
    "Construct them with schedules.",
    KERAS,
    features=("numbers set between steps",),
    optimizers=("MultiOptimizer",),
)
ADAFACTOR_OF_KERAS = Refusal(
    "Keras's Adafactor keeps second moments of matrices for every weight, which this one does not, "
    "and names none of them.",
    "Start anew, or go on with Keras's.",
    KERAS,
    optimizers=("Adafactor",),
    when="in `from_keras` and `to_keras`",
)
UNKNOWN_TO_KERAS = Refusal(
    "An optimizer must be one that Keras and adamas both have, with all arguments that are set.",
    "Start anew with the other library's.",
    KERAS,
    when="in `from_keras` and `to_keras`",
)
NARROWED = Refusal(
    "A variable must hold the state exactly.",
    "Use variables of a wider dtype.",
    KERAS,
    when="in `from_keras` and `to_keras`",
)
FIRST_VALUES_UNKNOWN = Refusal(
    "Slots that begin with a function of the parameters need their values, which TensorFlow does "
    "not know while it traces.",
    "Call model.build() and optimizer.build(model.trainable_variables) before training.",
    ("keras-tensorflow",),
    when="for one's own optimizers with such slots, if they are built by fit",
)
# -- arrays ---------------------------------------------------------------------------------------

COMPLEX = Refusal(
    "Parameters and gradients must be real.",
    "Optimize the real and the imaginary part as two arrays.",
    tuple(FRONT_ENDS),
    features=("complex parameters",),
    kind=ArrayTypeError,
)
SPARSE = Refusal(
    "Gradients must be dense.",
    "Use torch.nn.Embedding(..., sparse=False), or torch.optim.SparseAdam for this parameter.",
    WITH_SPARSE,
    features=("sparse gradients",),
    kind=ArrayTypeError,
)
HALF = Refusal(
    "float16 needs a processor that converts half precision (x86 with F16C).",
    "Use bfloat16 or float32.",
    ("numpy", "tensors", "torch", "backward", "divided", "flat", "shared", "keras-torch"),
    features=("float16",),
    when="on x86 without F16C",
)
JAX_IN_PLACE = Refusal(
    "Arrays of JAX cannot be changed in place.",
    "Use steps that are functions:\n"
    "    step = adamas.jax.functional(optimizer)  # after: import adamas.jax\n"
    "    state = step.init(params)\n"
    "    params, state = step.apply(grads, state, params)",
    ("numpy",),
    when="for arrays of JAX in `apply`",
)
FOREIGN_ARRAYS = Refusal(
    "Parameters must be NumPy arrays or tensors of PyTorch.",
    "Convert them with numpy.asarray, and the results back.",
    ("numpy",),
    when="for arrays of other libraries in `apply`",
)
FOREIGN_DEVICE = Refusal(
    "Parameters must be on the CPU or on a CUDA device.",
    "Move the model there before the optimizer is made.",
    ("tensors", *TORCH),
    when="on other devices",
)
COMPILER_OF_HOST = Refusal(
    "compiler='llvm' and compiler='reference' are for tensors in host memory.",
    "Leave compiler out, or move the model to the CPU before the optimizer is made.",
    ("tensors", "cuda"),
    when="for compiler='llvm' and compiler='reference' on a CUDA device",
)
COMPILER_OF_DEVICE = Refusal(
    "compiler='triton' is for tensors on a CUDA device, and on the CPU for Triton's interpreter.",
    "Leave compiler out, or set TRITON_INTERPRET=1 before Triton is imported.",
    ("tensors", "torch"),
    when="for compiler='triton' without a GPU",
)
INTERPRETER_OF_HOST = Refusal(
    "Triton's interpreter takes tensors in host memory.",
    "Leave TRITON_INTERPRET out of the environment.",
    ("cuda",),
    when="under TRITON_INTERPRET=1",
)
OLD_INTERPRETER = Refusal(
    "Triton's interpreter needs NumPy before 2.4, or Triton 3.7.",
    "Install one of them: pip install 'numpy<2.4', or 'triton>=3.7'. On a GPU neither matters.",
    ("tensors", "torch"),
    when="for compiler='triton' without a GPU, with older versions",
)
SEVERAL_DEVICES = Refusal(
    "The parameters of an optimizer must be on one device.",
    "Use an optimizer for each.",
    ("tensors", *TORCH),
    when="for parameters on several devices",
)

# -- processes ------------------------------------------------------------------------------------

PARTS_IN_REFERENCE = Refusal(
    "compiler='reference' takes whole tensors, not those that are divided among processes.",
    "Use compiler='llvm'.",
    ("divided",),
    features=("compiler='reference'",),
)
FILES_OF_PARTS = Refusal(
    "A portable state is of whole parameters.",
    "Use torch.distributed.checkpoint.",
    ("divided",),
    features=("files",),
    kind=CheckpointError,
)
PARTIAL = Refusal(
    "A DTensor must be divided or replicated.",
    "Use parameter.redistribute(placements=...).",
    ("divided",),
    when="for partial placements",
)
STRETCHES = Refusal(
    "Clips of each tensor, moves by sums over it, rules for matrices or with sums over a tensor "
    "and states of 8 bits need tensors as they are, not stretches of flat parameters.",
    "Use torch.distributed.fsdp.fully_shard.",
    ("flat",),
    features=(
        *("clipnorm", "adaptive_clip", "centralize_gradients", "cautious"),
        *("update_clip", "update_floor", "radial_brake", "hyperball", "states='8bit'"),
    ),
)
STRETCHES_OF_TENSORS = Refusal(
    STRETCHES.law, STRETCHES.way_out, STRETCHES.front_ends, optimizers=OF_TENSORS
)
STRETCHES_IN_SEARCH = Refusal(
    "A search looks at all weights together, and stretches of flat parameters do not say what "
    "other processes have.",
    "Use torch.distributed.fsdp.fully_shard.",
    ("flat",),
    when="for drivers, such as LBFGS",
)
STRETCHES_ALONE = Refusal(
    "global_clipnorm and nonfinite are about the weights of all processes.",
    "Give the optimizer its process_group, too.",
    ("flat",),
    when="for global_clipnorm and nonfinite without process_group",
)
NORM_OVER_GROUP = Refusal(
    "A norm, or a sum, over parameters that are divided one by one (process_group) is not there on "
    "a GPU yet.",
    "Use fully_shard, or clip before the step.",
    ("shared",),
    when="for global_clipnorm, or a rule with sums over all tensors, on CUDA",
)
PARTS_OF_MATRIX = Refusal(
    "A function of whole tensors needs those who have the other parts.",
    "Gather them first.",
    ("divided",),
    when="for kernels of one's own calls on a GPU, without exchange",
)
DRAWN_IN_PARTS = Refusal(
    "A rule that draws random numbers and calls functions of whole tensors must have parameters of "
    "four axes and more whole in each process.",
    "Draw them in a rule of its own, or do not divide these parameters.",
    ("divided",),
    when="for stacks of stacks of matrices, of rules that do both",
)
BLOCKS_APART = Refusal(
    "A parameter of more than two axes whose slots are stored in 8 bits must have the weights of "
    "each index of its first axis behind each other in memory, as must its gradient.",
    "Make it contiguous, or use states='bfloat16'.",
    ("numpy", "tensors", "torch", "backward", "divided", "shared"),
    when="for layouts such as channels last, with states of 8 bits",
)
BLOCKS_CUT = Refusal(
    "A parameter whose slots are stored in 8 bits must be divided along its first axis, or so that "
    "each process has as many whole blocks of 128 weights along its last.",
    "Divide it otherwise, or use states='bfloat16'.",
    ("divided",),
    when="for parts that would cut a block, with states of 8 bits",
)
REPLICAS = Refusal(
    "adamas.keras does not sum gradients over replicas of TensorFlow.",
    "Use keras.distribution on JAX.",
    ("keras-tensorflow",),
    when="under a strategy with several replicas",
)

REFUSALS: tuple[Refusal, ...] = tuple(v for v in globals().values() if isinstance(v, Refusal))
"""All of them."""
