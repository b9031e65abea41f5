"""The deliberate faults of the subject at work: a module for what each does, and where they join the app."""
