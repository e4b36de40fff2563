"""Loss scaling in half precision

What is smaller than 6 · 10⁻⁸ is 0 in float16, and so are most gradients of a mean over many
small errors. `LossScaleOptimizer` scales the loss, divides the gradients again in its step, halves
the scale where they overflow, and doubles it after a while without.

Needs: adamas[plot]
"""

import numpy as np

import adamas
from adamas.pictures import colour, legend, new_figure, plain_axes

rng = np.random.default_rng(0)
x = rng.standard_normal((2000, 20)).astype(np.float32)
target = x @ rng.standard_normal(20).astype(np.float32) * 1e-4


def gradient(weights, scale):
    """The slope of scale · loss, where each error and each product is kept in float16."""
    with np.errstate(over="ignore", invalid="ignore"):
        errors = (scale * 2 * (x @ weights - target) / len(x)).astype(np.float16)
        return (x.T @ errors.astype(np.float32)).astype(np.float16)


def train(optimizer):
    """The loss and the scale at each call."""
    weights, losses, scales = np.zeros(20, np.float32), [], []
    optimizer.build([weights])
    for _ in range(400):
        losses.append(np.mean((x @ weights - target) ** 2))
        scales.append(optimizer.scale_loss(1.0))
        optimizer.apply([gradient(weights, scales[-1])])
    return losses, scales


plain = adamas.Adam(1e-5, epsilon=1e-12)
scaled = adamas.LossScaleOptimizer(plain, initial_scale=2.0**40, dynamic_growth_steps=10)
without, _ = train(adamas.Adam(1e-5, epsilon=1e-12))
with_scale, scales = train(scaled)
print(f"loss with a scale {with_scale[-1]:.1e}, without {without[-1]:.1e}")
print(f"{scaled.skipped} calls overflowed and changed nothing but the scale")

figure = new_figure(5.6, 3.1)
left, right = figure.subplots(1, 2)
plain_axes(left, "Loss", ("call", "mean square"))
left.semilogy(without, color=colour(1), label="float16 as it is")
left.semilogy(with_scale, color=colour(0), label="with loss scaling")
legend(left)
plain_axes(right, "Scale", ("call", ""))
right.semilogy(scales, base=2, color=colour(0))
figure.savefig("half_precision.png")
