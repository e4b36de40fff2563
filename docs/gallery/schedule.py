"""A rate that changes

A schedule is a function of the step, which can be drawn before anything runs. Three of them train
the same reader of digits: a rate that stays, one that falls along half a cosine wave, and one that
warms up, stays, and falls at the end.

Needs: adamas[plot] scikit-learn
"""

import numpy as np
from sklearn.datasets import load_digits

import adamas
from adamas import schedules
from adamas.pictures import colour, legend, new_figure, plain_axes

STEPS = 600
RATES = {
    "constant": schedules.Constant(0.2),
    "cosine": schedules.CosineDecay(0.2, STEPS),
    "warm-up, stable, decay": schedules.WarmupStableDecay(0.2, 60, 360, 180),
}

digits = load_digits()
pixels, labels = (digits.data / 16).astype(np.float32), np.eye(10)[digits.target]


def loss_and_gradient(weights, x, y):
    shares = np.exp(x @ weights)
    shares /= shares.sum(1, keepdims=True)
    return -np.log(shares[y == 1]).mean(), (x.T @ (shares - y) / len(x)).astype(np.float32)


figure = new_figure(5.6, 3.1)
above, below = figure.subplots(2, sharex=True, height_ratios=(1, 2))
plain_axes(above, "The rate", ("", ""))
plain_axes(below, "The loss of all digits", ("step", "nats per digit"))
for number, (name, rate) in enumerate(RATES.items()):
    rng, weights, losses = np.random.default_rng(0), np.zeros((64, 10), np.float32), []
    optimizer = adamas.Adam(rate)
    for step in range(STEPS):
        if step % 20 == 0:
            losses.append(loss_and_gradient(weights, pixels, labels)[0])
        batch = rng.integers(len(pixels), size=16)
        optimizer.apply([loss_and_gradient(weights, pixels[batch], labels[batch])[1]], [weights])
    print(f"{name}: {losses[-1]:.3f} nats")
    above.plot(rate(np.arange(STEPS)), color=colour(number))
    below.semilogy(range(0, STEPS, 20), losses, color=colour(number), linewidth=1.2, label=name)
legend(below)
figure.savefig("schedule.png")
