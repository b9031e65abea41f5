"""What the statistics promise, shown on simulated series."""
