"""Artifacts of a visit in, readings out: pure, one question per module."""
