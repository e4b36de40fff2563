"""The laws need all front ends at once."""

from importlib.util import find_spec

NEEDED = ("torch", "jax", "optax", "keras")

collect_ignore_glob = [] if all(map(find_spec, NEEDED)) else ["test_*.py"]
