"""Which cells of the table are wrong today, by patterns of which the first that fits counts.

Delete what is mended: a cell that is right all at once fails here.
"""

TODAY: dict[tuple[str, str, str], str | None] = {}
"""(law, front end, optimizer) → what is wrong; None where it is right."""
