"""The deliberate faults of the subject."""
