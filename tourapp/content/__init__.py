"""What there is to tell: seeded cities, tours and stops, and their pictures.  Pure."""
