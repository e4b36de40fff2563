"""What a rule may say, and what becomes of it: a graph that any compiler can read."""
