"""Inside a Locust process: entry point, users, what they send with, when they act, what is recorded.

What both sides need of it (assignments, frames, limits) never imports Locust.
"""
