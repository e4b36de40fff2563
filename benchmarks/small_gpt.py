"""A small GPT in plain NumPy, with gradients by hand, and a text that comes with Python.

It reads characters: 32 of them, and says after each which one is next. The text is that of the
docstrings of the standard library.
"""

import ast
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adamas.cli.digits import log_softmax

WIDTH, LAYERS, HEADS, CONTEXT = 64, 2, 4, 32

Params = dict[str, np.ndarray]
Back = Callable[[np.ndarray], np.ndarray]
"""From the gradient of what a layer gives to that of what it takes; it notes its weights'."""


# The text ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Rows of CONTEXT + 1 characters, as numbers; no file of one part is in another."""

    symbols: str
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def load() -> Text:
    """Docstrings by file: of each ten files, one is for validation and one for the test."""
    folder = Path(sysconfig.get_path("stdlib"))
    texts = [docstrings(path) for path in sorted(folder.glob("*.py"))]
    symbols = "".join(sorted(set("".join(texts))))
    train = [text for place, text in enumerate(texts) if place % 10 not in (3, 7)]
    parts = ("".join(part) for part in (train, texts[3::10], texts[7::10]))
    return Text(symbols, *(in_rows(part, symbols) for part in parts))


def docstrings(path: Path) -> str:
    """All docstrings of a file, as far as they are ASCII."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_bytes())
    found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))
    text = "\n\n".join(filter(None, found))
    return text.encode("ascii", "ignore").decode() + "\n\n"


def in_rows(text: str, symbols: str) -> np.ndarray:
    """The number of each character, in rows one beside the other; the rest is left out."""
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    rows = len(text) // (CONTEXT + 1)
    kept = text[: rows * (CONTEXT + 1)]
    return np.array([numbers[symbol] for symbol in kept]).reshape(rows, CONTEXT + 1)


# The model --------------------------------------------------------------------------------------


def shapes(symbols: int) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter; names with "embedding" are tables, not matrices."""
    found: dict[str, tuple[int, ...]] = {
        "embedding/symbol": (symbols, WIDTH),
        "embedding/place": (CONTEXT, WIDTH),
    }
    for layer in range(LAYERS):
        block = f"block{layer}"
        found[f"{block}/attention/norm"] = (WIDTH,)
        found |= {f"{block}/attention/{p}": (WIDTH, WIDTH) for p in ("q", "k", "v", "out")}
        found[f"{block}/perceptron/norm"] = (WIDTH,)
        found[f"{block}/perceptron/in"] = (WIDTH, 4 * WIDTH)
        found[f"{block}/perceptron/out"] = (4 * WIDTH, WIDTH)
    return {**found, "norm": (WIDTH,), "head": (WIDTH, symbols)}


def initial_params(symbols: int, seed: int) -> Params:
    """Normal of variance 1 / inputs, 0 where a block ends, 1 for norms; float32."""
    random = np.random.default_rng(seed)
    params = {}
    for name, shape in shapes(symbols).items():
        scale = 0.1 if "embedding" in name else 0 if name.endswith("out") else shape[0] ** -0.5
        drawn = np.ones(shape) if name.endswith("norm") else random.normal(0, scale, shape)
        params[name] = drawn.astype(np.float32)
    return params


def value_and_grad(params: Mapping[str, np.ndarray], rows: np.ndarray) -> tuple[float, Params]:
    """The mean cross-entropy of the next characters, in nats, and its gradient by name."""
    grads: Params = {}
    inputs, targets = rows[:, :-1], rows[:, 1:]
    scores, backs = forward(params, grads, inputs)
    right = np.arange(targets.size), targets.ravel()
    error = np.exp(scores)
    error[right] -= 1
    error = error.reshape(*inputs.shape, -1) / targets.size
    for back in reversed(backs):
        error = back(error)
    grads["embedding/place"] = error.sum(0)
    grads["embedding/symbol"] = np.zeros_like(params["embedding/symbol"])
    np.add.at(grads["embedding/symbol"], inputs, error)
    return mean_loss(scores, targets), {name: grads[name] for name in params}


def loss(params: Mapping[str, np.ndarray], rows: np.ndarray) -> float:
    """The loss alone."""
    scores, _ = forward(params, {}, rows[:, :-1])
    return mean_loss(scores, rows[:, 1:])


def mean_loss(scores: np.ndarray, targets: np.ndarray) -> float:
    """The mean over all places, from logarithms of probabilities."""
    return -float(scores[np.arange(targets.size), targets.ravel()].mean(dtype=np.float64))


def forward(
    params: Mapping[str, np.ndarray], grads: Params, inputs: np.ndarray
) -> tuple[np.ndarray, list[Back]]:
    """Logarithms of probabilities, a row for each place, and how gradients go back."""
    x = params["embedding/symbol"][inputs] + params["embedding/place"]
    blocks = [(part, f"block{n}/{part.__name__}") for n in range(LAYERS) for part in BLOCK]
    backs = []
    for part, name in (*blocks, (norm, "norm"), (linear, "head")):
        x, back = part(params, grads, name, x)
        backs.append(back)
    return log_softmax(flat(x)), backs


# Its layers: each gives its result, and how gradients go back through it ------------------------


def linear(
    params: Mapping[str, np.ndarray], grads: Params, name: str, x: np.ndarray
) -> tuple[np.ndarray, Back]:
    """A matrix."""
    weight = params[name]

    def back(d: np.ndarray) -> np.ndarray:
        grads[name] = flat(x).T @ flat(d)
        return d @ weight.T

    return x @ weight, back


def norm(
    params: Mapping[str, np.ndarray], grads: Params, name: str, x: np.ndarray
) -> tuple[np.ndarray, Back]:
    """Each vector at a root mean square of 1, then scaled. Zhang and Sennrich, 2019."""
    scale = params[name]
    shrink = 1 / np.sqrt(np.mean(x * x, -1, keepdims=True) + 1e-5)
    unit = x * shrink

    def back(d: np.ndarray) -> np.ndarray:
        grads[name] = flat(d * unit).sum(0)
        d = d * scale
        return shrink * (d - unit * np.mean(d * unit, -1, keepdims=True))

    return unit * scale, back


def attention(
    params: Mapping[str, np.ndarray], grads: Params, name: str, x: np.ndarray
) -> tuple[np.ndarray, Back]:
    """Each place takes from those up to it what it looks for. Vaswani et al., 2017."""
    unit, back_norm = norm(params, grads, f"{name}/norm", x)
    made = [linear(params, grads, f"{name}/{part}", unit) for part in ("q", "k", "v")]
    q, k, v = (in_heads(array) for array, _ in made)
    later = np.triu(np.full((x.shape[1], x.shape[1]), -np.inf, x.dtype), 1)
    scores = q @ k.swapaxes(-1, -2) / (WIDTH // HEADS) ** 0.5 + later
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    out, back_out = linear(params, grads, f"{name}/out", joined(shares @ v))

    def back(d: np.ndarray) -> np.ndarray:
        taken = in_heads(back_out(d))
        d_shares = taken @ v.swapaxes(-1, -2)
        d_scores = shares * (d_shares - (d_shares * shares).sum(-1, keepdims=True))
        d_scores /= (WIDTH // HEADS) ** 0.5
        ends = (d_scores @ k, d_scores.swapaxes(-1, -2) @ q, shares.swapaxes(-1, -2) @ taken)
        steps = (step(joined(end)) for (_, step), end in zip(made, ends, strict=True))
        return d + back_norm(sum(steps, np.zeros_like(d)))

    return x + out, back


def perceptron(
    params: Mapping[str, np.ndarray], grads: Params, name: str, x: np.ndarray
) -> tuple[np.ndarray, Back]:
    """A hidden layer of max(h, 0)². So et al., 2021."""
    unit, back_norm = norm(params, grads, f"{name}/norm", x)
    hidden, back_in = linear(params, grads, f"{name}/in", unit)
    positive = np.maximum(hidden, 0)
    out, back_out = linear(params, grads, f"{name}/out", positive * positive)

    def back(d: np.ndarray) -> np.ndarray:
        return d + back_norm(back_in(back_out(d) * 2 * positive))

    return x + out, back


BLOCK = (attention, perceptron)


def flat(x: np.ndarray) -> np.ndarray:
    """All vectors as rows."""
    return x.reshape(-1, x.shape[-1])


def in_heads(x: np.ndarray) -> np.ndarray:
    """(rows, places, WIDTH) → (rows, HEADS, places, WIDTH / HEADS)."""
    return x.reshape(*x.shape[:2], HEADS, -1).swapaxes(1, 2)


def joined(x: np.ndarray) -> np.ndarray:
    """The way back of `in_heads`."""
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1)
