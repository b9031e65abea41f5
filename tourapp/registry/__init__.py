"""Which defects there are, what a lab should find of each, and which release came with which."""
