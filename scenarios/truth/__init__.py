"""A server that logs its own time of each request, so that any load generator can be held to it."""
