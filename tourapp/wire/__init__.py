"""What pages and calls share towards their clients: the limits of what is asked, and how a body leaves."""
