"""Hot paths, timed in fresh processes: the default of the bench lane."""
