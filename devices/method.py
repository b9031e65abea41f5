"""How pages are measured on emulated phones, as one number: runs of different numbers are not compared."""

# Raised by whoever changes what a reading of this lane means, or how it is taken, so that the same page would
# read differently; not by a new reading or a new caveat.
# History.  1: one browser a visit, the first page read before the journey walks on.
METHOD = 1
# What measures besides our own code; the browser's own version is told beside them.
INSTRUMENTS = ("playwright",)
