"""The hall: the command line and the public names for authors.  Only here do drivers, lanes and reports meet."""
