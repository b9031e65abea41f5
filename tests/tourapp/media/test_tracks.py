"""The audio of the stories."""

import io

import numpy as np
import pytest
import soundfile

from tourapp.media.tracks import track

SECONDS = 20


@pytest.fixture(scope="module")
def encoded() -> bytes:
    return track(3, SECONDS)


def test_a_track_is_mono_opus_of_its_length(encoded: bytes) -> None:
    told = soundfile.info(io.BytesIO(encoded))
    assert (told.format, told.subtype, told.channels, told.duration) == ("OGG", "OPUS", 1, SECONDS)


def test_a_track_has_the_bit_rate_of_speech(encoded: bytes) -> None:
    assert 30_000 < len(encoded) * 8 / SECONDS < 34_000


def test_a_track_is_heard_without_clipping_and_fades_at_both_ends(encoded: bytes) -> None:
    signal, rate = soundfile.read(io.BytesIO(encoded))
    loudness = [np.sqrt(np.mean(second**2)) for second in np.split(signal, SECONDS)]
    assert np.max(np.abs(signal)) < 0.99
    assert min(loudness[2:-2]) > 0.02
    assert np.max(np.abs(signal[: rate // 100])) < 0.01
    assert np.max(np.abs(signal[-rate // 100 :])) < 0.01


def test_the_same_number_gives_the_same_bytes_and_another_one_others(encoded: bytes) -> None:
    assert track(3, SECONDS) == encoded != track(4, SECONDS)
