"""An optimizer of one's own

A class with one function of one weight, in NumPy's words. It is compiled as the built-in ones are,
and has what all have: here a clip, a schedule, decay. Its steps are long where the mean
gradient is large beside its noise, and never longer than the rate. The other curve is Adam at the
same rate.

Needs: adamas[plot] scikit-learn
"""

import numpy as np
from sklearn.datasets import load_digits

import adamas
from adamas.pictures import colour, legend, new_figure, plain_axes


class Bounded(adamas.Optimizer):
    """Steps along tanh of the mean gradient over its spread."""

    learning_rate: adamas.Rate = 0.01
    beta: adamas.Hyperparameter = adamas.hyperparameter(default=0.95, at_least=0, below=1)

    @staticmethod
    def update(p, g, m, s, /, *, learning_rate, beta):
        m = beta * m + (1 - beta) * g
        s = beta * s + (1 - beta) * np.abs(g - m)
        return p - learning_rate * np.tanh(m / (s + 1e-8)), m, s


digits = load_digits()
pixels, labels = (digits.data / 16).astype(np.float32), np.eye(10)[digits.target]


def loss_and_gradient(weights, batch):
    logits = pixels[batch] @ weights
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    loss = -np.log(shares[labels[batch] == 1]).mean()
    return loss, pixels[batch].T @ (shares - labels[batch]) / len(batch)


rate = adamas.schedules.CosineDecay(0.03, 600)
figure = new_figure(5.6, 3.1)
axes = plain_axes(figure.add_subplot(), "Reading digits with one layer", ("step", "loss (nats)"))
for number, kind in enumerate((Bounded, adamas.Adam)):
    rng, weights, losses = np.random.default_rng(0), np.zeros((64, 10), np.float32), []
    optimizer = kind(rate, weight_decay=0.001, global_clipnorm=1.0)
    for _ in range(600):
        loss, gradient = loss_and_gradient(weights, rng.integers(len(pixels), size=64))
        optimizer.apply([gradient.astype(np.float32)], [weights])
        losses.append(loss)
    smooth = np.convolve(losses, np.ones(40) / 40, "valid")
    print(f"{kind.__name__}: {smooth[-1]:.3f} nats")
    axes.semilogy(smooth, color=colour(number), label=kind.__name__)
legend(axes)
figure.savefig("own_optimizer.png")
