"""What is refused on a page and by a call alike, in the same words."""

NO_SUCH_TOUR = "there is no such tour"
NO_SUCH_FILE = "there is no such file"
NOTHING_HERE = "there is nothing at this address"
