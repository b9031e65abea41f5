"""What a user does under load, and the one door to Locust."""
