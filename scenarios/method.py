"""How loads are measured, as one number: runs of different numbers are not compared."""

# Raised by whoever changes what a reading of this lane means, or how it is taken, so that the same subject
# would read differently; not by a new reading, a new caveat, or a quicker generator that reads the same.
# History.  1: response time from the intended start, answers timed by the kernel's stamp.
METHOD = 1
# What measures besides our own code.
INSTRUMENTS = ("locust",)
