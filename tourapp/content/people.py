"""What walkers are called where others read it: a first name, never their address."""

import zlib

FIRST_NAMES = (
    *("Ada", "Amir", "Anouk", "Beatriz", "Bo", "Carla", "Chiara", "Dario", "Dita", "Edo", "Elif", "Emil"),
    *("Fatima", "Finn", "Greta", "Hana", "Hugo", "Inge", "Ivo", "Jana", "Jonas", "Kaito", "Keiko", "Lea"),
    *("Liam", "Lucía", "Maja", "Mateo", "Mila", "Nadia", "Noé", "Olga", "Omar", "Paula", "Pedro", "Quinn"),
    *("Rita", "Ruben", "Saskia", "Sven", "Tariq", "Tessa", "Uma", "Viktor", "Wanda", "Yara", "Zoë", "Žofia"),
)


def first_name(account: str) -> str:
    """Return the first name of an account, always the same."""
    return FIRST_NAMES[zlib.crc32(account.encode()) % len(FIRST_NAMES)]
