"""The first picture of README, docs/images/bench.png, from figures that were measured before.

    python benchmarks/bench_picture.py                    from benchmarks/bench.json
    adamas bench --json > f.json && python benchmarks/bench_picture.py --read f.json

`adamas bench --plot` draws what it has just measured.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from adamas.measure.picture import LABELS, Group, draw_shares
from adamas.measure.timing import Spread

FIGURES = Path(__file__).with_name("bench.json")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "bench.png"


def groups(content: dict[str, Any]) -> list[Group]:
    """Our time as a share of each library's, by workload."""
    found = [
        (
            workload["title"],
            [
                (row["peer"], Spread(**row["ratio"]))
                for row in workload["peers"]
                if row["ratio"] and row["peer"] in LABELS
            ],
        )
        for workload in content["workloads"]
    ]
    return [group for group in found if group[1]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--read", type=Path, default=FIGURES, help="JSON of `adamas bench`")
    parser.add_argument("--plot", type=Path, default=PICTURE, help="where the picture goes")
    options = parser.parse_args()
    content = json.loads(options.read.read_text(encoding="utf-8"))
    draw_shares(content["machine"], groups(content), options.plot)
    print(f"The picture is in {options.plot}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
