"""Timing beside other libraries: what is timed, by whom, how, and how it is shown."""
