"""States in a folder on disk: as large as that is, and there when the process has ended."""

from .folder import Folder
from .places import Form

__all__ = ["Folder", "Form"]
