"""A run that travels from NumPy to PyTorch

The state is one file, under the same names in each framework. NumPy begins, PyTorch goes on, and
the loss is that of the run that stayed at home.

Needs: adamas[torch,plot] scikit-learn
"""

import numpy as np
import torch
from sklearn.datasets import load_digits

import adamas.torch
from adamas.pictures import INK, colour, legend, new_figure, plain_axes

digits = load_digits()
pixels, labels = (digits.data / 16).astype(np.float32), np.eye(10, dtype=np.float32)[digits.target]
ARGUMENTS = {"learning_rate": 0.02, "use_ema": True, "global_clipnorm": 1.0}


def loss_and_gradient(weights):
    shares = np.exp(pixels @ weights)
    shares /= shares.sum(1, keepdims=True)
    gradient = pixels.T @ (shares - labels) / len(pixels)
    return -np.log(shares[labels == 1]).mean(), gradient.astype(np.float32)


def run(optimizer, weights, steps):
    losses = []
    for _ in range(steps):
        loss, gradient = loss_and_gradient(weights["kernel"])
        optimizer.apply({"kernel": gradient}, weights)
        losses.append(loss)
    return losses


at_home = run(adamas.Nadam(**ARGUMENTS), {"kernel": np.zeros((64, 10), np.float32)}, 200)

weights, optimizer = {"kernel": np.zeros((64, 10), np.float32)}, adamas.Nadam(**ARGUMENTS)
begun = run(optimizer, weights, 80)
optimizer.save("travel.safetensors")

kernel = torch.nn.Parameter(torch.tensor(weights["kernel"]))
optimizer = adamas.torch.NAdam([("kernel", kernel)], convention="keras", **ARGUMENTS)
optimizer.load("travel.safetensors")
ended = []
for _ in range(120):
    loss, gradient = loss_and_gradient(kernel.detach().numpy())
    kernel.grad = torch.tensor(gradient)
    optimizer.step()
    ended.append(loss)
print(f"largest difference of the losses: {np.abs(begun + ended - np.array(at_home)).max():.1e}")

figure = new_figure(5.6, 3.1)
axes = plain_axes(figure.add_subplot(), "One run, two frameworks", ("step", "loss (nats)"))
axes.plot(at_home, color=INK, linewidth=5, alpha=0.3, label="all of it in NumPy")
axes.plot(begun, color=colour(0), linewidth=2, label="NumPy begins")
axes.plot(range(80, 200), ended, color=colour(1), linewidth=2, label="PyTorch goes on")
legend(axes)
figure.savefig("travel.png")
