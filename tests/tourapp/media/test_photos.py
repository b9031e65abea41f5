"""The photographs."""

import io

import numpy as np
import pytest
from PIL import Image

from tourapp.media.files import MediaFile, Photograph
from tourapp.media.photos import LIGHTS, MOTIFS, photograph


@pytest.fixture(scope="module")
def photos() -> list[Photograph]:
    """Every motif in every light."""
    return [photograph(number) for number in range(len(LIGHTS) * len(MOTIFS))]


def opened(file: MediaFile) -> Image.Image:
    return Image.open(io.BytesIO(file.content))


def test_a_photograph_weighs_what_one_for_a_phone_weighs(photos: list[Photograph]) -> None:
    assert all(60_000 < photo.full.size < 125_000 for photo in photos)
    assert all(photo.small.size < 25_000 for photo in photos)


def test_a_photograph_is_webp_in_two_sizes_of_one_shape(photos: list[Photograph]) -> None:
    for photo in photos:
        full, small = opened(photo.full), opened(photo.small)
        assert full.format == small.format == "WEBP"
        assert (full.size, small.size) == ((1080, 720), (480, 320))


def test_the_small_size_shows_the_same_picture(photos: list[Photograph]) -> None:
    for photo in photos:
        full, small = (np.asarray(opened(file).resize((48, 32)), float) for file in (photo.full, photo.small))
        assert np.abs(full - small).mean() < 4


def test_a_photograph_is_neither_flat_nor_noise(photos: list[Photograph]) -> None:
    for photo in photos:
        coarse = np.asarray(opened(photo.full).convert("L").resize((12, 8)), float)
        assert 10 < coarse.std() < 90


def test_the_same_number_gives_the_same_picture_and_another_one_another(photos: list[Photograph]) -> None:
    assert photograph(7) == photos[7]
    assert len({photo.full.digest for photo in photos}) == len(photos)
