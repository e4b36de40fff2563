"""Tensors in host memory, updated in place: a session, and what is laid out for its steps.

`session` has the laws. `arrays` checks memory, `arrangement` sorts tensors into batches of one
plan and form, `program` runs a plan's passes over them, `carried` has what goes on from update to
update, `steps` makes one call of all this, `watch` asks whether anything but addresses is new.
"""
