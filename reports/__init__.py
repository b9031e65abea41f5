"""Pages made from records, never from live objects."""
