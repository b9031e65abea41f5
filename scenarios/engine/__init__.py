"""Inside the Locust process: recorder, shape and the entry point."""
