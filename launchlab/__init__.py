"""The hall: the command line and the public names.  Only here do drivers, lanes and reports meet."""
