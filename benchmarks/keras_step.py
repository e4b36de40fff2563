"""A call of an optimizer of adamas.keras beside Keras's own, on the backend of KERAS_BACKEND.

    KERAS_BACKEND=torch python benchmarks/keras_step.py
    KERAS_BACKEND=jax python benchmarks/keras_step.py --layers 12

The variables are those of GPT-2 small with so many of its layers. Both clip to a global norm, run
Adam and keep an average of the weights. On JAX the step is `stateless_apply`, jitted, with the
memory of its arguments given away. The two take turns call by call (`benchmarks/README.md`); the
ratio is taken within each round.
"""

import sys

import keras
import numpy as np

import adamas.keras
from adamas.measure import machine, program, report, workloads
from adamas.measure.timing import Spread, by_turns, calls_in, ratios, spread, warm_up

ARGUMENTS = {"global_clipnorm": 1.0, "use_ema": True}


class Step:
    """One optimizer with variables of its own."""

    def __init__(self, name: str, kind: type, shapes: list[tuple[int, ...]]) -> None:
        self.name = name
        chance = np.random.default_rng(0)
        draw = [chance.normal(0, 0.02, shape).astype(np.float32) for shape in shapes]
        self.variables = [keras.Variable(array, dtype="float32") for array in draw]
        self.optimizer = kind(1e-4, **ARGUMENTS)
        self.optimizer.build(self.variables)
        self.grads = [
            [keras.ops.convert_to_tensor(array * scale) for array in draw] for scale in (0.5, -0.7)
        ]
        self.given = self.grads[0]
        self.traced = keras.backend.backend() == "jax"
        if self.traced:
            import jax

            self.call = jax.jit(self.optimizer.stateless_apply, donate_argnums=(0, 2))
            self.state = [variable.value + 0 for variable in self.optimizer.variables]
            self.values = [variable.value + 0 for variable in self.variables]

    def give(self, which: int) -> None:
        """The gradients of the next step."""
        self.given = self.grads[which]

    def step(self) -> None:
        """One call; JAX's clock stops when the result is there."""
        if self.traced:
            self.values, self.state = self.call(self.state, self.given, self.values)
            self.values[-1].block_until_ready()
        else:
            self.optimizer.apply(self.given)

    def weights(self) -> np.ndarray:
        """The first variable now."""
        value = self.values[0] if self.traced else self.variables[0]
        return keras.ops.convert_to_numpy(value)


def main() -> int:
    parser = program.new_parser(__doc__, rounds=15)
    parser.add_argument("--layers", type=int, default=2)
    args = parser.parse_args()
    shapes = workloads.gpt2_shapes(layers=args.layers)
    steps = [
        Step("adamas.keras", adamas.keras.Adam, shapes),
        Step("Keras", keras.optimizers.Adam, shapes),
    ]
    slowest = warm_up(steps)
    times = by_turns(steps, args.rounds, calls_in(0.1, slowest)).seconds
    np.testing.assert_allclose(*(step.weights() for step in steps), atol=1e-5)
    ratio = spread(ratios(times["adamas.keras"], times["Keras"]))
    about = machine.describe(machine.cores())
    found = {name: spread(seconds).median for name, seconds in times.items()}
    figures = {"seconds": found, "ratio": vars(ratio)}
    return program.answer(args, about, figures, lambda: show(shapes, found, ratio))


def show(shapes: workloads.Shapes, found: dict[str, float], ratio: Spread) -> None:
    weights = sum(int(np.prod(shape)) for shape in shapes)
    report.show_table(
        f"a call on {keras.backend.backend()}: {len(shapes)} variables, {weights:,} weights",
        ("", "takes", "as a share of Keras", "middle half"),
        [
            (name, report.duration(found[name]), share, between)
            for name, share, between in (
                ("adamas.keras", f"{ratio.median:.2f}", f"{ratio.low:.2f}–{ratio.high:.2f}"),
                ("Keras", "1", ""),
            )
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
