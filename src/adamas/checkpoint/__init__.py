"""State ↔ one file: written whole or not at all, believed only when its seal holds.

A file holds numbers and JSON, and reading it runs no code of the file's.
"""

from .format import SEAL
from .names import HasForm, match_names
from .reading import Checkpoint, read, read_metadata
from .writing import write

__all__ = ["SEAL", "Checkpoint", "HasForm", "match_names", "read", "read_metadata", "write"]
