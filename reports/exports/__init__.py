"""Verdicts for machines and pipelines: pure functions from records to text, one module per format."""
