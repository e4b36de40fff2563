"""Which cells of the table are wrong today."""

import keras

ROW_1 = "row 1: numbers of several members are one in tensors"
ROW_2 = "row 2: tensors do not save the numbers of a wrapper"
ROW_3 = "row 3: tensors ignore other arrays"
ROW_4 = "row 4: tensors cannot save the numbers of several members"
ROW_5 = "row 5: Keras averages with the first rate"
ROW_6 = "row 6: tensors may all be frozen"
ROW_7 = "row 7: an exit that failed leaves tensors stuck"
ROW_8 = "row 8: traced steps have no slot that is one number for a tensor"
ROW_9 = "row 9: a slot that a rule hands back unchanged has a form that its first values do not fit"
CLOCKS = "found: in tensors a parameter that had no gradient has a clock of its own"

WITH_FILES = ("slots *", "a file *", "what was saved *", "a skipped *", "an update *")
"""Laws that look into files."""

TRACED = ("jax", "optax", "keras") if keras.backend.backend() == "jax" else ("jax", "optax")
"""Front ends whose steps are traced; on PyTorch, Keras's are made in place."""

TODAY = {
    ("averages of other arrays*", "tensors", "*"): ROW_3,
    ("not all can be frozen", "tensors", "*"): ROW_6,
    ("not all can be frozen", "*", "*"): None,
    **{("an exit that fails*", front, "*"): ROW_7 for front in ("tensors", "torch")},
    **{("*", "*", case): ROW_9 for case in ("first weights", "mask")},
    ("slots have their first values", "*", "slot per tensor"): None,
    **{("*", front, "slot per tensor"): ROW_8 for front in TRACED},
    **{
        (f"a file of {front} goes on", "*", "slot per tensor"): ROW_8
        for front in TRACED
        if front != "optax"
    },
    ("what is frozen stays", "tensors", "two own numbers"): None,
    ("*", "tensors", "two own numbers"): ROW_1,
    ("a file of tensors *", "*", "two own numbers"): ROW_1,
    **{
        (law, "tensors", "LossScale around Adam"): ROW_2
        for law in (*WITH_FILES, "what is frozen *")
    },
    ("a file of tensors *", "*", "LossScale around Adam"): ROW_2,
    **{
        (law, "tensors", "two Nadams"): ROW_4 for law in (*WITH_FILES, "a pickle *", "a deepcopy *")
    },
    ("a file of tensors *", "*", "two Nadams"): ROW_4,
    **{
        ("what had no gradient goes on", "tensors", case): CLOCKS
        for case in ("Adam*", "Nadam", "two N*", "LossScale*", "own number", "ScheduleFree*")
    },
    ("averages stay in the end", "keras", "own average, scheduled"): ROW_5,
    ("a number that is set is that of averages", "keras", "own average"): ROW_5,
}
"""Cells, by patterns of which the first that fits counts, that are wrong today; None: it is right.

Delete what is mended: a cell that is right all at once fails here.
"""
