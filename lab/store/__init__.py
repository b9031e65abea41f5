"""Runs in SQL, rebuilt at will from the records on disk."""
