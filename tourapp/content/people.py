"""What walkers are called: by their address to us, by a first name where others read it."""

import zlib

FIRST_NAMES = (
    *("Ada", "Amir", "Anouk", "Beatriz", "Bo", "Carla", "Chiara", "Dario", "Dita", "Edo", "Elif", "Emil"),
    *("Fatima", "Finn", "Greta", "Hana", "Hugo", "Inge", "Ivo", "Jana", "Jonas", "Kaito", "Keiko", "Lea"),
    *("Liam", "Lucía", "Maja", "Mateo", "Mila", "Nadia", "Noé", "Olga", "Omar", "Paula", "Pedro", "Quinn"),
    *("Rita", "Ruben", "Saskia", "Sven", "Tariq", "Tessa", "Uma", "Viktor", "Wanda", "Yara", "Zoë", "Žofia"),
)


def seeded_email(number: int) -> str:
    """Return the address of the account of this number, counted from 1."""
    return f"walker-{number:04}@example.org"


def first_name(account: str) -> str:
    """Return the first name of an account, always the same."""
    return FIRST_NAMES[zlib.crc32(account.encode()) % len(FIRST_NAMES)]
