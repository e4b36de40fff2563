"""Declared fields: what the arguments of optimizers and schedules say of themselves."""

from .annotations import kind_of
from .callables import takes_step
from .declaring import fields_of
from .documentation import Documented, Entry, Meanings, entry_of, joined, meanings_in, with_entries
from .field import MISSING, Field, declared, described, hyperparameter, size
from .kinds import FLAG, NUMBER, TEXT, TEXTS, WHOLE, Choice, Declared, Kind, Number, plain
from .ranges import Range
from .reals import is_plain, is_real, known

__all__ = [
    "FLAG",
    "MISSING",
    "NUMBER",
    "TEXT",
    "TEXTS",
    "WHOLE",
    "Choice",
    "Declared",
    "Documented",
    "Entry",
    "Field",
    "Kind",
    "Meanings",
    "Number",
    "Range",
    "declared",
    "described",
    "entry_of",
    "fields_of",
    "hyperparameter",
    "is_plain",
    "is_real",
    "joined",
    "kind_of",
    "known",
    "meanings_in",
    "plain",
    "size",
    "takes_step",
    "with_entries",
]
