"""Shapes of parameters: known models by name, or written as ``784x128,128,128x10``."""

from ..errors import ConfigurationError
from ..measure.workloads import gpt2_shapes
from ..registry import nearest
from . import digits
from .notation import read_number

Shapes = dict[str, tuple[int, ...]]

_GPT2 = {"gpt2": (768, 12), "gpt2-medium": (1024, 24), "gpt2-large": (1280, 36)}
_GPT2["gpt2-xl"] = (1600, 48)

MODELS = ("digits", *_GPT2)
"""Models whose shapes are known by name."""


def read_shapes(text: str) -> Shapes:
    """Shapes by parameter name, from a model's name or from the shapes themselves.

    Raises `ConfigurationError` for anything else.
    """
    if text in _GPT2:
        return _gpt2(*_GPT2[text])
    if text == "digits":
        return digits.shapes()
    tensors = [part for part in text.split(",") if part.strip()]
    if not tensors or not text[:1].isdigit():
        raise ConfigurationError(
            "Parameters are a model, or shapes such as 1000000 or 784x128,128,128x10. "
            f"Got: {text!r}.{nearest(text, MODELS)}"
        )
    return {str(index): _shape(tensor, text) for index, tensor in enumerate(tensors)}


def _shape(tensor: str, text: str) -> tuple[int, ...]:
    sizes = [read_number(size) for size in tensor.strip().lower().split("x")]
    if not all(size is not None and size >= 0 and size == int(size) for size in sizes):
        raise ConfigurationError(
            "The sizes of a shape must be whole numbers joined by x. "
            f"Got: {tensor.strip()!r} in {text!r}. Write shapes as 784x128,128,128x10."
        )
    return tuple(int(size) for size in sizes if size is not None)


def _gpt2(width: int, layers: int) -> Shapes:
    """The tensors of a GPT-2 under names in the manner of its authors."""
    block = ("ln_1", "attn/c_attn", "attn/c_proj", "ln_2", "mlp/c_fc", "mlp/c_proj")
    modules = [f"h{layer}/{part}" for layer in range(layers) for part in block]
    names = ["wte", "wpe"]
    names += [f"{module}/{kind}" for module in (*modules, "ln_f") for kind in ("weight", "bias")]
    return dict(zip(names, gpt2_shapes(width, layers), strict=True))
