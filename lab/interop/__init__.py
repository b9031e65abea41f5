"""Files of other tools, read into runs and trials of ours.  Pure."""
