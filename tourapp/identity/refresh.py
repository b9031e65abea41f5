"""Refresh tokens: what they look like, and which one follows which.

A token is `session.secret`.  The first secret is random; each later one is made from the token before it and
the signing key.  So whoever presents the same token twice within the grace gets the same successor: two tabs
that refresh at once, or a phone whose answer was lost, end up with one token and not with two.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

# Random bytes of a session's name and of a first secret: neither can be guessed.
SESSION_BYTES = 12
SECRET_BYTES = 32

# Keeps these signatures apart from those of bearer tokens, which are made with the same key.
PURPOSE = b"refresh|"


def new_session() -> str:
    """Return the name of a new session."""
    return secrets.token_urlsafe(SESSION_BYTES)


def first_token(session: str) -> str:
    """Return the first refresh token of a session."""
    return f"{session}.{secrets.token_urlsafe(SECRET_BYTES)}"


def session_of(token: str) -> str:
    """Return the session that a token claims to belong to."""
    return token.partition(".")[0]


def digest_of(token: str) -> bytes:
    """Return what is stored of a token: enough to know it again, too little to use it."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class Succession:
    """Knows the token that follows a token."""

    key: bytes

    def after(self, token: str) -> str:
        """Return the successor of a token; only who has the key can tell it."""
        secret = hmac.digest(self.key, PURPOSE + token.encode(), hashlib.sha256)
        return f"{session_of(token)}.{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"
