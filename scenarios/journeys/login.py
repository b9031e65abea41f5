"""Logging in and out: each login costs the app a password hash.  No part of the visitors' mix."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from locust import task

from scenarios.engine.answers import Answer
from scenarios.engine.pace import Pace
from scenarios.engine.users import place_in
from scenarios.tours import account_checks
from scenarios.tours.shapes import Session
from scenarios.tours.visitor import Member, bearer

# Logins a second of all users together, on all workers: a login costs some 20 ms of a processor on
# purpose, and those who hash passwords in earnest let no more in (the app limits them, too).
RATE = 5.0
# Seconds after a logout until its token is tried again: another process of the app takes it for a second
# more, until it looks up which sessions ended (tourapp/identity/endings.py), and for as long as that takes.
AFTERMATH = 2.0


class Owner(Member):
    """Somebody who logs in, stays a while, and logs out.

    In an open load, the arrivals are the pace.
    """

    _pace: Pace | None = None
    _logged_out = False

    def on_start(self) -> None:
        """Wait for a turn before the first login as well, for all come at once."""
        super().on_start()
        if self.arrivals is None:
            self.wait()

    def wait_time(self) -> float:
        """Return the seconds until this user's turn, or until all of the app knows of its logout."""
        if self._logged_out:
            return AFTERMATH
        if Owner._pace is None:
            place = self.place or place_in(self.environment)
            Owner._pace = Pace(RATE / place.count)
        return Owner._pace.until_turn(time.perf_counter())

    @task
    def log_in_and_out(self) -> None:
        """Log in, renew the session, end it, and see that its token opens nothing any more."""
        tour_id = self.choose(self.tours().tours).id
        email_and_password = {"email": self.account, "password": self.password}
        read = partial(account_checks.session, account=self.account)
        first = self.send("POST", "/api/login", email_and_password, read, name="/api/login")
        self._use(first, partial(account_checks.progress, account=self.account, tour_id=tour_id), tour_id)
        renewal = {"refresh_token": first.refresh_token}
        renewed = partial(account_checks.renewed, before=first)
        last = self.send("POST", "/api/refresh", renewal, renewed, name="/api/refresh")
        self.send(
            "POST",
            "/api/logout",
            None,
            account_checks.ended,
            name="/api/logout",
            headers=bearer(last.token),
        )
        self._linger()
        self._use(last, account_checks.refused, tour_id)

    def _linger(self) -> None:
        """Pause without taking a turn, which is a login."""
        self._logged_out = True
        try:
            self.wait()
        finally:
            self._logged_out = False

    def _use(self, session: Session, read: Callable[[Answer], object], tour_id: int) -> None:
        """Ask for what only the owner of an account may see."""
        self.get(f"/api/progress/{tour_id}", read, name="/api/progress/{id}", headers=bearer(session.token))
