"""Bearer tokens: stateless, signed and short-lived, so that any worker can check one.

A token is `base64url(account|session|expiry).base64url(HMAC-SHA256)`, the expiry in seconds since the epoch.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from tourapp.clock import Clock
from tourapp.store.sessions import TOKEN_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom a token belongs to, and the session it was issued in, "" for a demo token, which has none."""

    account: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Issues and reads tokens; `clock` gives seconds since the epoch."""

    key: bytes
    clock: Clock

    def issue(self, caller: Caller) -> str:
        """Return a token for this account and session that ends TOKEN_LIFETIME seconds from now."""
        claim = f"{caller.account}|{caller.session}|{int(self.clock()) + TOKEN_LIFETIME}".encode()
        return f"{_text(claim)}.{_text(self._signature(claim))}"

    def caller_of(self, token: str) -> Caller | None:
        """Return whom the token was issued to, None when it is forged, damaged or over."""
        caller, expiry = self._read(token)
        return caller if self.clock() < expiry else None

    def is_over(self, token: str) -> bool:
        """Tell whether the token is one of ours that has expired."""
        caller, expiry = self._read(token)
        return caller is not None and self.clock() >= expiry

    def _read(self, token: str) -> tuple[Caller | None, int]:
        """Return whom the token was issued to, None when it is forged or damaged, and its expiry."""
        claim_text, _, signature_text = token.partition(".")
        claim, signature = _bytes(claim_text), _bytes(signature_text)
        if claim is None or signature is None or not hmac.compare_digest(signature, self._signature(claim)):
            return None, 0
        account, session, expiry = claim.decode().split("|")
        return Caller(account=account, session=session), int(expiry)

    def _signature(self, claim: bytes) -> bytes:
        return hmac.digest(self.key, claim, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_")
    except (binascii.Error, UnicodeEncodeError):
        return None
