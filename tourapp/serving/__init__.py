"""From a listening socket to a handler and back: processes, opening, assembly, headers, notes."""
