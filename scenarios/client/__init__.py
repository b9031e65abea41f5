"""HTTP over gevent, by hand where speed and honesty need it; knows nothing of Locust."""
