"""Handwritten digits and a network that reads them, in plain NumPy with gradients by hand.

The images are those of the UCI Optical Recognition of Handwritten Digits (E. Alpaydin and
C. Kaynak, 1998) that scikit-learn ships: 1,797 images of 8 × 8 pixels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .terminal import need

Params = dict[str, dict[str, np.ndarray]]
Batch = tuple[np.ndarray, np.ndarray]
"""Images as (examples, 64) float32 in [0, 1], and their digits as (examples,) integers."""

SIZES = {"first": (64, 256), "second": (256, 128), "output": (128, 10)}
"""Inputs and outputs of each layer."""


@dataclass(frozen=True)
class Digits:
    """The images in three parts, none of which has an image of another."""

    train: Batch
    validation: Batch
    test: Batch


def load() -> Digits:
    """The images, split in the same way each time: 70 %, 10 % and 20 %, of every digit alike.

    The training part has every image five times: as it is, and moved by one pixel up, down, left
    and right.
    """
    need("sklearn", "scikit-learn", "demo", "The demo")
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    rest, test = _split((data.data / 16).astype(np.float32), data.target, 0.2)
    train, validation = _split(*rest, 0.125)
    return Digits(moved(*train), validation, test)


def _split(images: np.ndarray, labels: np.ndarray, share: float) -> tuple[Batch, Batch]:
    """All but a share of the images, and this share, with as many of each digit in proportion."""
    from sklearn.model_selection import train_test_split

    options: dict[str, Any] = {"test_size": share, "stratify": labels, "random_state": 0}
    parts: list[Any] = train_test_split(images, labels, **options)
    return (parts[0], parts[2]), (parts[1], parts[3])


def moved(images: np.ndarray, labels: np.ndarray) -> Batch:
    """Every image as it is, and moved by one pixel in four directions; the edges are empty."""
    padded = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    views = [padded[:, row : row + 8, column : column + 8] for row, column in corners]
    return np.concatenate(views).reshape(-1, 64), np.tile(labels, len(corners))


def shapes() -> dict[str, tuple[int, ...]]:
    """The shape of each parameter by its name."""
    found: dict[str, tuple[int, ...]] = {}
    for layer, size in SIZES.items():
        found |= {f"{layer}/weight": size, f"{layer}/bias": size[1:]}
    return found


def initial_params(seed: int) -> Params:
    """Weights from a normal distribution of variance 2 / inputs (He et al., 2015), float32."""
    random = np.random.default_rng(seed)
    return {
        layer: {
            "weight": random.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)).astype(np.float32),
            "bias": np.zeros(outputs, np.float32),
        }
        for layer, (inputs, outputs) in SIZES.items()
    }


def value_and_grad(params: Params, batch: Batch) -> tuple[float, Params]:
    """The mean cross-entropy of a batch, and its gradient in the structure of the parameters."""
    _, labels = batch
    activations = forward(params, batch)
    log_probabilities = log_softmax(activations.pop())
    rows = np.arange(len(labels))
    loss = -log_probabilities[rows, labels].mean(dtype=np.float64)

    # From the last layer to the first: `error` is the gradient of what the layer gives.
    error = np.exp(log_probabilities)
    error[rows, labels] -= 1
    error /= len(labels)
    grads: Params = {}
    for layer in reversed(params):
        inputs = activations.pop()
        grads[layer] = {"weight": inputs.T @ error, "bias": error.sum(0)}
        error = (error @ params[layer]["weight"].T) * (inputs > 0)
    return float(loss), grads


def forward(params: Params, batch: Batch) -> list[np.ndarray]:
    """What enters each layer, and last what the network gives: a score for each digit."""
    values = [batch[0]]
    for layer, own in params.items():
        scores = values[-1] @ own["weight"] + own["bias"]
        values.append(scores if layer == "output" else np.maximum(scores, 0))
    return values


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities, (examples, digits)."""
    shifted = scores - scores.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def probabilities(params: Params, batch: Batch) -> np.ndarray:
    """How likely each digit is for each image, (examples, digits)."""
    return np.exp(log_softmax(forward(params, batch)[-1]))


def accuracy(params: Params, batch: Batch) -> float:
    """The share of images of which the most likely digit is the right one."""
    return float((forward(params, batch)[-1].argmax(1) == batch[1]).mean())
