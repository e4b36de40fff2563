"""Tensors in host memory, updated in place: a session, and what is laid out for its steps.

`session` says who takes part in a call, and when there is none. What it has is in `holding`, what
a framework says of tensors in `manners`. `calls` makes each call as a whole, with the steps that
`layouts` keeps; `pairs` brings gradients into order. `averages` are what parameters are evaluated
with, `swap` has them in place meanwhile; `state` is the state as it leaves and comes.

`arrays` checks memory, `arrangement` sorts tensors into batches of one plan and form, `program`
runs a plan's passes over them, `carried` has what goes on from update to update, `given` what a
call is given, `steps` makes one call of all this, `watch` asks whether anything but addresses is
new.
"""
