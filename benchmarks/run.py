"""The same as ``adamas bench``, from the sources: python benchmarks/run.py --help."""

import sys

from adamas.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
