"""The front ends of the table."""

from front import Front
from fronts_in_place import NumPy, Tensors, Torch
from fronts_traced import Jax, Keras, Optax

FRONTS: dict[str, type[Front]] = {
    "numpy": NumPy,
    "tensors": Tensors,
    "torch": Torch,
    "jax": Jax,
    "optax": Optax,
    "keras": Keras,
}
