"""Statistics of trials: pure functions, values in and values out."""
