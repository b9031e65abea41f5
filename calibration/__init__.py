"""How often the gate is right: it judges what is known, by simulation or because nothing changed, and is counted."""
