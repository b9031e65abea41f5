"""Plans, runs and judges; it is handed its drivers and names none."""
