"""The audio of a story: a gentle seeded melody, of the length and bit rate that a voice would have."""

import io
import zlib
from collections.abc import Iterator
from random import Random

import numpy as np
import soundfile
from numpy.typing import NDArray

# Hertz.  Opus takes 8, 12, 16, 24 and 48 kHz; speech is understood well at 12.
RATE = 12_000

# The share of libsndfile's way from 256 down to 6 kbit/s: 31 kbit/s, good for speech.
COMPRESSION = 0.9

# Semitones above the key note: a pentatonic scale, in which no two notes clash.
SCALE = (0, 2, 4, 7, 9, 12, 14, 16, 19)

# Hertz of the key notes (A2 to E3), seconds of a beat.
KEYS = (110.0, 123.47, 130.81, 146.83, 164.81)
BEAT = 0.6

# The voices: octaves above the key, the beats between two notes, loudness.
VOICES = ((0, 8, 0.16), (1, 4, 0.12), (2, 2, 0.09), (2, 1, 0.05))

# Loudness of each overtone of a note, roughly a plucked string's.
OVERTONES = (1.0, 0.45, 0.2, 0.08)

# Seconds for a note to rise, and to fall to a third; of the fade at both ends of a track.
RISE, FALL, FADE = 0.05, 0.9, 2.0

Signal = NDArray[np.float64]


def track(number: int, seconds: int) -> bytes:
    """Return track `number`, `seconds` long, as mono Ogg Opus, 4 kB a second; always the same bytes."""
    stream = io.BytesIO()
    soundfile.write(
        stream,
        _melody(Random(number), seconds),  # noqa: S311 - music, not a secret
        RATE,
        format="OGG",
        subtype="OPUS",
        compression_level=COMPRESSION,
    )
    return b"".join(_renumbered(stream.getvalue(), serial=number))


def _melody(rng: Random, seconds: int) -> Signal:
    signal = np.zeros(seconds * RATE)
    key = KEYS[int(rng.random() * len(KEYS))]
    for octave, beats, loudness in VOICES:
        step = int(rng.random() * len(SCALE))
        heard = min(beats * BEAT + 2 * FALL, seconds)
        notes = [loudness * _note(key * 2 ** (octave + tone / 12), heard) for tone in SCALE]
        for start in np.arange(0, seconds, beats * BEAT):
            # A melody mostly goes to a note nearby.
            step = (step + int(rng.random() * 5) - 2) % len(SCALE)
            part = signal[int(start * RATE) :][: len(notes[step])]
            part += notes[step][: len(part)]
    fade = np.minimum(np.arange(len(signal)) / (FADE * RATE), 1)
    return signal * fade * fade[::-1]


def _note(pitch: float, seconds: float) -> Signal:
    time = np.arange(int(seconds * RATE)) / RATE
    envelope = np.minimum(time / RISE, 1) * np.exp(-time / FALL)
    tones = (share * np.sin(2 * np.pi * pitch * n * time) for n, share in enumerate(OVERTONES, start=1))
    return envelope * sum(tones)


def _renumbered(ogg: bytes, *, serial: int) -> Iterator[bytes]:
    """Yield the pages of an Ogg stream (RFC 3533 section 6) with this serial number.

    libsndfile numbers its streams by the clock; but a track is named by the digest of its bytes, and should
    have one name on all servers.
    """
    start = 0
    while start < len(ogg):
        segments = ogg[start + 26]
        stop = start + 27 + segments + sum(ogg[start + 27 : start + 27 + segments])
        page = bytearray(ogg[start:stop])
        page[14:18] = serial.to_bytes(4, "little")
        page[22:26] = bytes(4)
        page[22:26] = _checksum(page).to_bytes(4, "little")
        yield bytes(page)
        start = stop


# Each byte with its bits in reverse order.
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _checksum(page: bytes | bytearray) -> int:
    """Return Ogg's CRC-32: the polynomial of zlib's, but bits from the other end, and nothing inverted."""
    crc = zlib.crc32(page.translate(REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{crc:032b}"[::-1], 2)
