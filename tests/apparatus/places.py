"""Where things are: the repository, and the programs that tests start."""

from pathlib import Path

PROGRAMS = Path(__file__).parent
ROOT = PROGRAMS.parents[1]
