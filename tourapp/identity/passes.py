"""Sessions from the first pass to the last: opened by a login, renewed, and ended by a logout."""

from dataclasses import dataclass

from tourapp.identity import refresh
from tourapp.identity.endings import Endings
from tourapp.identity.refresh import Succession
from tourapp.identity.tokens import Caller, Tokens
from tourapp.store.sessions import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a walker holds: a bearer token for the next minutes, and the means to get the next one."""

    account: str
    token: str
    refresh_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Hands out passes."""

    tokens: Tokens
    succession: Succession
    sessions: Sessions
    endings: Endings

    async def open(self, account: str) -> Pass:
        """Begin a session."""
        session = refresh.new_session()
        token = refresh.first_token(session)
        await self.sessions.start(session, account, refresh.digest_of(token))
        return self._pass(account, session, token)

    async def renew(self, token: str) -> Pass | None:
        """Trade a refresh token for a new pass; None when it is none, spent, or of a session that is over."""
        session, successor = refresh.session_of(token), self.succession.after(token)
        renewal = await self.sessions.refresh(session, refresh.digest_of(token), refresh.digest_of(successor))
        if renewal.reused:
            self.endings.note(session)
        return None if renewal.account is None else self._pass(renewal.account, session, successor)

    async def end(self, session: str) -> None:
        """End a session: its bearer tokens and its refresh token are refused from now on."""
        await self.sessions.end(session)
        self.endings.note(session)

    def _pass(self, account: str, session: str, refresh_token: str) -> Pass:
        token = self.tokens.issue(Caller(account=account, session=session))
        return Pass(account=account, token=token, refresh_token=refresh_token)
