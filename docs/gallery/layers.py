"""Another optimizer for each layer

`MultiOptimizer` gives each parameter to the first optimizer whose pattern is found in its name:
the first layer stays as it was, the hidden matrix goes to Muon, all else to Adam. There is one
global norm, one state and one file.

Needs: adamas[plot] scikit-learn
"""

import numpy as np
from sklearn.datasets import load_digits

import adamas
from adamas.pictures import INK, colour, new_figure, plain_axes

digits = load_digits()
pixels, labels = (digits.data / 16).astype(np.float32), np.eye(10, dtype=np.float32)[digits.target]
rng = np.random.default_rng(0)
shapes = {"first": (64, 64), "hidden": (64, 64), "out": (64, 10), "out/bias": (10,)}
params = {
    name: (rng.standard_normal(shape) / 8).astype(np.float32) for name, shape in shapes.items()
}


def gradients(p, x, y):
    one = np.tanh(x @ p["first"])
    two = np.tanh(one @ p["hidden"])
    shares = np.exp(two @ p["out"] + p["out/bias"])
    error = (shares / shares.sum(1, keepdims=True) - y) / len(x)
    below = error @ p["out"].T * (1 - two**2)
    return {
        "first": x.T @ (below @ p["hidden"].T * (1 - one**2)),
        "hidden": one.T @ below,
        "out": two.T @ error,
        "out/bias": error.sum(0),
    }


optimizer = adamas.MultiOptimizer(
    {"first": None, "hidden": adamas.Muon(0.01), "": adamas.Adam(0.003)},
    global_clipnorm=1.0,
)
start = {name: p.copy() for name, p in params.items()}
moved = {name: [] for name in params}
for _ in range(300):
    batch = rng.integers(len(pixels), size=64)
    optimizer.apply(gradients(params, pixels[batch], labels[batch]), params)
    for name, p in params.items():
        moved[name].append(np.sqrt(np.mean((p - start[name]) ** 2)))

figure = new_figure(5.6, 3.1)
labels = ("step", "distance of a weight (rms)")
axes = plain_axes(figure.add_subplot(), "How far each layer went", labels)
who = ("frozen", "Muon", "Adam", "Adam")
for number, (name, distances) in enumerate(moved.items()):
    axes.plot(distances, color=colour(number))
    axes.text(304, distances[-1], f"{name} ({who[number]})", color=INK, fontsize=8, va="center")
axes.set_xlim(0, 375)
figure.savefig("layers.png")
