"""Lanes that compose drivers of their own."""
