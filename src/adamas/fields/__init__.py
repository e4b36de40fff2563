"""Declared fields: what the arguments of optimizers and schedules say of themselves."""

from .annotations import kind_of
from .callables import takes_step
from .declaring import fields_of
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
    "Field",
    "Kind",
    "Number",
    "Range",
    "declared",
    "described",
    "fields_of",
    "hyperparameter",
    "is_plain",
    "is_real",
    "kind_of",
    "known",
    "plain",
    "size",
    "takes_step",
]
