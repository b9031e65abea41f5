"""What the app tells of itself in numbers: what it counts, and what it uses of the machine."""
