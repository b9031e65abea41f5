"""Where child processes run, and how none is left behind."""
