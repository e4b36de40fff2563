"""The words for an optimizer's arguments in PyTorch: ``lr`` for learning_rate, and so on."""

import difflib
import inspect
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import torch

from ...convention import Convention
from ...description import Description, find_convention
from ...description.words import TORCH, Names, refuse_words
from ...errors import AdamasError, ArgumentError, ConfigurationError
from ...fields import Entry, Meanings, entry_of, is_real, known
from ...optimizer import Optimizer

FLAGS: Mapping[str, Any] = {
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "fused": None,
}
"""Arguments of PyTorch that choose how a step is computed there; here it is always fused."""

COMMON = tuple(name for name, field in Description.fields.items() if field.owner != "member")
"""Arguments of the whole step; all others are those of a group of parameters."""

OWN = ("process_group", "compiler", "offload")
"""Further arguments of adamas.torch alone."""

FORMS: Mapping[str, str] = {
    "params": "tensors, (name, tensor) pairs, or dicts of groups of either",
    "foreach": "bool or None",
    "capturable": "bool",
    "differentiable": "False",
    "fused": "bool or None",
    "process_group": "ProcessGroup or None",
    "compiler": "'reference' or None",
    "offload": "'cpu' or None",
}
"""What arguments may be that have no field."""

NOTES = ("name", "params", "param_names", "initial_lr")
"""Keys of a group that are no arguments of it; anybody may keep more there."""

Fields = dict[str, Any]
"""Arguments under the names of the declared fields."""


class Naming:
    """The arguments of the groups of one declared optimizer, in PyTorch's words and in its own.

    Attributes:
        convention: whose numbers it gives unless another convention is asked for.
        words: what PyTorch calls the fields.
        keys: the arguments that a group has, PyTorch's first, in its order.
    """

    def __init__(self, declared: type[Optimizer]) -> None:
        self.declared = declared
        self.convention = "torch" if "torch" in declared.conventions else "keras"
        self.words = declared.conventions.get("torch") or Convention(
            arguments=_usual_words(declared)
        )
        renamed = set(self.words.fields())
        self._fields = tuple(n for n in declared.fields if n not in (*COMMON, "convention"))
        self._own = tuple(name for name in self._fields if name not in renamed)
        self.keys: tuple[str, ...] = (*self.words.arguments, *self._own)
        self._names_in = {
            key: tuple(self._fields_in((key,))) for key in self.keys if key not in self.words.values
        }
        """The fields of each key, of which no value has another name."""
        self._decays_in = tuple(name for name in self._fields if self._decays(name))

    def knows(self, name: str) -> bool:
        """Whether `name` is an argument of a group, in either kind of words."""
        return name in self.words.arguments or name in self._fields

    def refuse_in_group(self, left: Iterable[str]) -> None:
        """Refuse what would stand in a group without any effect: `left` are no arguments of it."""
        for name in left:
            if name in NOTES or name in FLAGS:
                continue
            if name in (*COMMON, "convention"):
                raise ConfigurationError(
                    f"{name} is an argument of the whole step. Got: it in a group of parameters. "
                    f"Give it to {self.declared.__name__}(…) itself."
                )
            meant = difflib.get_close_matches(
                name, (*self.words.arguments, *self._fields), n=1, cutoff=0.85
            )
            if meant:
                raise ArgumentError(
                    f"A group got an unknown argument {name!r}. Did you mean {meant[0]!r}? "
                    "For a note of your own choose a name that is less like it."
                )

    def signature(self) -> inspect.Signature:
        """PyTorch's arguments in its order, then everything else by keyword."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        leading = [name for name in self.words.arguments if name != "maximize"]
        defaults = self.defaults()
        parameters = [inspect.Parameter("params", kind)]
        parameters += [inspect.Parameter(n, kind, default=defaults.pop(n)) for n in leading]
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters += [inspect.Parameter(n, kind, default=usual) for n, usual in defaults.items()]
        return inspect.Signature(parameters)

    def defaults(self) -> dict[str, Any]:
        """All arguments but the parameters, in either kind of words, with their defaults."""
        convention = find_convention(self.declared, self.convention)
        usual = {name: field.default for name, field in self.declared.fields.items()}
        usual |= {**convention.defaults, "convention": self.convention}
        words = self.words.there(usual)
        rest = dict.fromkeys((*self._own, *self._fields, *COMMON, "convention"))
        rest = {name: usual[name] for name in rest if name not in words}
        return {**words, **rest, **FLAGS, **dict.fromkeys(OWN)}

    def entries(self, said: Meanings) -> Iterator[Entry]:
        """What a reader is told of each argument; `said` explains those that have no field."""
        yield Entry("params", FORMS["params"], "", said["params"])
        for name, usual in self.defaults().items():
            entry = Entry(name, FORMS[name], "", said[name]) if name in FORMS else self._entry(name)
            yield replace(entry, name=name, default=repr(usual))

    def _entry(self, name: str) -> Entry:
        """What is to say of an argument that has a field, or several, but for its default."""
        words, fields = self.words.arguments, self.declared.fields
        ours = words.get(name)
        if ours is None:
            same, entry = self._word_of(name), entry_of(fields[name])
            return replace(entry, meaning=f"the same as {same}.") if same else entry
        if isinstance(ours, str):
            entry = entry_of(fields[ours])
            options = (repr(option) for option in self.words.values.get(name, ()) if option)
            return replace(entry, values=", ".join([*options, entry.values]))
        parts: dict[str, list[str]] = {}
        for part in ours:
            parts.setdefault(fields[part].meaning, []).append(part)
        meaning = " ".join(f"{', '.join(named)}: {text}" for text, named in parts.items())
        laws = dict.fromkeys(law for part in ours for law in fields[part].range.laws())
        return Entry(name, ", ".join([f"{len(ours)} numbers", *laws]), "", meaning)

    def fields(self, given: Mapping[str, Any]) -> Fields:
        """A group's arguments, in either kind of words, as fields.

        Raises `ArgumentError` for one that is unknown or given twice, `ConfigurationError` for a
        choice that PyTorch does not have either.
        """
        words = self.words.arguments
        for word, options in self.words.values.items():
            if isinstance(given.get(word), str) and given[word] not in options:
                choices = ", ".join(map(repr, options))
                raise ConfigurationError(
                    f"{word} must be one of {choices}, or a number ({words[word]}). "
                    f"Got: {given[word]!r}."
                )
        refuse_words(self.declared, given, dict.fromkeys((*words, *self._fields)), door=False)
        found = self.words.here(given)
        for name in given:
            if words.get(name) == name or name not in self._fields:
                continue
            if name in found:
                raise ArgumentError(
                    f"{self._word_of(name)} and {name} are the same argument. Give one of them."
                )
            found[name] = given[name]
        return found

    def _word_of(self, name: str) -> str | None:
        """PyTorch's word for a field, alone or with others, if it has one."""
        for word, ours in self.words.arguments.items():
            if name in ((ours,) if isinstance(ours, str) else ours):
                return word
        return None

    def is_own(self, group: Mapping[str, Any]) -> bool:
        """Whether a group has the arguments that all optimizers have here, and none in PyTorch."""
        return all(name in group for name in self._own if name in Description.fields)

    @contextmanager
    def words_of(self, given: Container[str]) -> Iterator[None]:
        """Errors inside say ``lr (learning_rate)`` where PyTorch's word was given."""
        try:
            yield
        except AdamasError as error:
            message = str(error)
            for word, ours in self.words.arguments.items():
                if word in given and word != ours:
                    alone = isinstance(ours, str)
                    for place, name in enumerate((ours,) if alone else ours):
                        said = f"{word if alone else f'{word}[{place}]'} ({name})"
                        message = re.sub(rf"\b{name}\b", said, message, count=1)
            raise type(error)(message) from error.__cause__

    def plain(self, fields: Fields) -> Fields:
        """Fields with numbers for tensors, and None for a weight decay of 0."""
        found = {name: _number(name, value) for name, value in fields.items()}
        return {n: None if self._decays(n) and _is_nought(v) else v for n, v in found.items()}

    def numbers(self, written: Mapping[str, Any]) -> Fields | None:
        """As `plain` fields, values by key that are so as they are; None if there is another."""
        found: Fields = {}
        for key, value in written.items():
            names = self._names_in.get(key, ())
            parts = value if type(value) is tuple else (value,)
            if len(parts) != len(names):
                return None
            found.update(zip(names, parts, strict=True))
        return None if any(found.get(name) == 0 for name in self._decays_in) else found

    def _decays(self, name: str) -> bool:
        """Whether a field is a weight decay, of which 0 and None mean the same."""
        return "weight_decay" in name and self.declared.fields[name].optional

    def member(self, fields: Fields, convention: str) -> Optimizer:
        """The declared optimizer with these arguments."""
        return self.declared(**self.plain(fields), convention=convention)

    def group(
        self, member: Optimizer, numbers: Mapping[str, Any], keys: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """The arguments of a group by `keys`, else all; `numbers` are the present ones."""
        fields = {
            name: numbers.get(name, 0.0 if self._decays(name) else member.argument(name))
            for name in (self._fields if keys is None else self._fields_in(keys))
        }
        for name, value in fields.items():
            if value is not None and self.declared.fields[name].range.whole:
                fields[name] = int(value)
            if isinstance(value, Mapping):
                fields[name] = dict(value)  # files of PyTorch hold plain ones only
        own = {name: fields[name] for name in self._own if name in fields}
        return {**self.words.there(fields), **own}

    def _fields_in(self, keys: Iterable[str]) -> Iterator[str]:
        """The fields that stand in these keys."""
        for key in keys:
            ours = self.words.arguments.get(key, key)
            yield from (ours,) if isinstance(ours, str) else ours

    def keys_of(self, fields: Container[str]) -> list[str]:
        """The keys in which these fields stand."""
        words = self.words.arguments
        found = [
            word
            for word, ours in words.items()
            if any(name in fields for name in ((ours,) if isinstance(ours, str) else ours))
        ]
        return [*found, *(name for name in self._own if name in fields)]


@cache
def naming_of(declared: type[Optimizer]) -> Naming:
    """The words for the arguments of a declared optimizer."""
    return Naming(declared)


def _is_nought(value: Any) -> bool:
    return is_real(value) and known(value) == 0


def _number(name: str, value: Any) -> Any:
    """A number where a tensor of one element is given."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.numel() != 1:
        raise ConfigurationError(
            f"{name} must be a number, or a tensor of one. Got: shape {tuple(value.shape)}."
        )
    return known(value)


def _usual_words(declared: type[Optimizer]) -> Names:
    """PyTorch's words for those fields that many optimizers have."""
    usual = {word: TORCH[word] for word in ("lr", "betas", "eps")}
    return {
        word: ours
        for word, ours in usual.items()
        if all(n in declared.fields for n in ((ours,) if isinstance(ours, str) else ours))
    }
