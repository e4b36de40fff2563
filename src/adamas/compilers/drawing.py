"""Random numbers by any library of tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..language.noise import (
    MADE,
    PIECES,
    WORD,
    bits,
    index_words,
    joined,
    key_of_tensor,
    key_piece,
    piece,
    signed,
)
from .words import Words, is_known


@dataclass(frozen=True)
class Drawing(Words):
    """The keys of a step, and what is drawn for each weight."""

    def operation(self, name: str) -> Callable[..., Any]:
        """`key` or `drawn`."""
        return {"key": self.key, "drawn": self.drawn}[name]

    def key(self, *given: Any) -> Any:
        """A piece of a key of random numbers."""
        *parts, name, place = given
        if all(map(is_known, parts)):
            seed, t = parts
            return key_piece(seed, t, name, place)
        words = [self.word(int(p) & WORD if is_known(p) else p) for p in parts]
        return self.number(piece(place, name, words, self.word))

    def drawn(self, *given: Any) -> Any:
        """Random numbers for each weight."""
        *parts, kind = given
        library, word = self.library, self.word
        halves = [word(int(p) if is_known(p) else p) for p in parts]
        step, tensor = (joined(halves[at : at + PIECES], word) for at in (0, PIECES))
        axes = range(len(self.shape))
        along = [library.along(self.shape, axis, library.word) for axis in axes]
        key = key_of_tensor(step, tensor, word)
        found = bits(key, *index_words(along, self.shape, word), word)
        if kind == "signed":
            return signed(found, word, self.number, library.function("where"))
        return MADE[kind](found, word, self.number)
