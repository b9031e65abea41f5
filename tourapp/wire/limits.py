"""The limits of what may be asked, on a page and by a call alike."""

# Characters of a name, a search or an address.
TEXT_LIMIT = 200

# Digits of a number: what is longer names nothing, and would not fit the database.
NUMBER_DIGITS = 9
HIGHEST_NUMBER = 10**NUMBER_DIGITS - 1
