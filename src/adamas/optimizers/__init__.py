"""One optimizer, one file: its equations, its declaration, its rule."""

from .adam import Adam

__all__ = ["Adam"]
