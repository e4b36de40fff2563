"""Compilers: each turns the passes of a plan into something that runs, in a file of its own."""
