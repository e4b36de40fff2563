"""All that a step needs and no framework owns; each law of a session stands in one module here.

- `assignment`: what is frozen stays, and not all can be; members and groups have their own numbers.
- `scalars`: steps are those of the rule; a number that is set is the next step's.
- `slots`: slots have their first values, in the shape of their extent.
- `averages`: what parameters are evaluated with, by the numbers as they are then.
- `missing`: without any gradient there is no step; a parameter that has none is named.
- `names`: a state has the same names everywhere, so a file of one framework goes on in another.
- `files`: what was saved goes on.
- `moved`: a number that differs from the constructed one is state, all others are configuration;
  `numbers` are those of declared optimizers, out and in.
- `loaded`: what fits of a state goes on by name; what was taken, is new and was left is said.
- `conversion`: what is stored otherwise goes on, as if it had been loaded so; `recoding`: values of
  any precision as they are stored here.
- `clock`: an update is the mean of its calls; schedules look at calls, corrections at updates;
  every front end shows the same counters. `own_clocks`: by PyTorch's convention a parameter counts
  those updates that it took part in.
- `structure`: the tree of the caller, flat and by names. `asking`: functions get what they ask for.

Of a call there are two forms. Tensors in host memory are updated in place: `host` has whatever
follows from that. By `host.session` parameters without a gradient stay; `host.calls`: a refused or
skipped call changes nothing; `host.averages` are swapped in and out; `host.state` goes on in a
copy. Tensors as values make new ones: `traced.call` is one call as a function, `traced.passes` what
it computes, and leaves as it was, `traced.clocks` what is handed on to it and from it.
"""
