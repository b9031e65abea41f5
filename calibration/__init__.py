"""How often the gate is right, where it is known what is: in simulations, and where nothing changed."""
