"""Tensors as values: one call as a function of arrays and numbers, for a library to trace."""
