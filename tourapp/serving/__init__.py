"""From a listening socket to a handler and back: processes, assembly, headers, delivery."""
