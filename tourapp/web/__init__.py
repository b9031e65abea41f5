"""What browsers show: pages, their files and the installable app."""
