"""The names by which failures are counted, and what Python calls such errors."""

from __future__ import annotations

import pytest

from scenarios.client import errors
from scenarios.client.credentials import basic


@pytest.mark.parametrize("error", [error for error in vars(errors).values() if isinstance(error, type)])
def test_every_error_of_an_exchange_is_one_of_the_system(error: type) -> None:
    assert issubclass(error, errors.ExchangeError)
    assert issubclass(error, OSError)
    assert error.__name__ in str(errors.__doc__)


@pytest.mark.parametrize(
    ("error", "known_as"),
    [
        (errors.ConnectTimedOutError, TimeoutError),
        (errors.AnswerTimedOutError, TimeoutError),
        (errors.ConnectionEndedError, ConnectionError),
        (errors.ProxyRefusedError, ConnectionError),
        (errors.BadAddressError, ValueError),
        (errors.OutOfFilesError, errors.GeneratorExhaustedError),
        (errors.OutOfPortsError, errors.GeneratorExhaustedError),
    ],
)
def test_an_error_is_caught_by_what_python_calls_it(error: type, known_as: type) -> None:
    assert issubclass(error, known_as)


def test_a_message_is_told_as_it_is() -> None:
    assert str(errors.MalformedAnswerError("no HTTP")) == "no HTTP"
    refusal = errors.ProxyRefusedError("no", status=407)
    assert (str(refusal), refusal.status) == ("no", 407)


@pytest.mark.parametrize(
    ("name", "password", "header"),
    [("ann", "secret", "YW5uOnNlY3JldA=="), (b"ann", "s\xe9", "YW5uOnPp"), ("ann", "\u20ac", "YW5uOuKCrA==")],
)
def test_credentials_are_latin_1_where_they_can_be(name: str, password: str, header: str) -> None:
    assert basic(name, password) == f"Basic {header}"
