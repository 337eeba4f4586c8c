"""From protected tables to the answer of each kind of output: one file per kind."""
