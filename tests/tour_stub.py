"""A small tour app for tests of the journeys: it keeps the API's promises, and breaks those it is told to.

It is a program of its own making, not the product: what the journeys demand is written down twice.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import math
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.threads import in_a_thread

CITIES = {"Lisbon": (38.72, -9.14), "Porto": (41.15, -8.61), "Ghent": (51.05, 3.72)}
STOPS = 8
STORY = b"OggS" + bytes(100_000)
PHOTO = b"RIFF____WEBP" + bytes(5_000)
# Two whole pieces and a bit.
ARCHIVE = bytes(2_200_000)
FILES = {
    "/media/a1.opus": ("audio/ogg", STORY),
    "/media/c3.geojson": ("application/geo+json", b'{"type":"FeatureCollection","features":[]}'),
    "/media/b2.webp": ("image/webp", PHOTO),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as far as a handler looks at it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: Any
    account: str | None


@dataclass(kw_only=True)
class Told:
    """One answer."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    media_type: str = "application/json"


def card(number: int) -> dict[str, Any]:
    """Return tour *number*, from 1 in the order of popularity."""
    city = list(CITIES)[number % len(CITIES)]
    latitude, longitude = CITIES[city]
    return {
        "id": number,
        "title": f"{city}: rooftops at dusk",
        "city": city,
        "latitude": latitude + number / 10_000,
        "longitude": longitude,
        "stop_count": STOPS,
        "popularity": 0.1 / number,
        "theme": "views",
    }


CARDS = [card(number) for number in range(1, 61)]


@dataclass
class TourStub:
    """The app's state; *wrong* names what it does wrongly: one of WRONGS, or a logout that ends nothing.

    With "a cache on the way", who comes without a token is shown the reviews that were first asked for;
    with "several processes", a token is taken for a second after its logout.

    *owners* tells which accounts each connection, by its port, has shown a token of, and *walked* the
    stops that each account saved, one by one.
    """

    wrong: frozenset[str] = frozenset()
    marks: dict[tuple[str, int], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    walked: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    synced: dict[tuple[str, str], Any] = field(default_factory=dict)
    reviews: defaultdict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    cached: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=dict)
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    owners: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    logins: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, asked: Asked) -> Told:
        """Answer as the app would, but for what is to be wrong."""
        for pattern, handler, needs_account in ROUTES:
            found = re.fullmatch(pattern, f"{method} {asked.path}")
            if found:
                if needs_account and asked.account is None:
                    return Told(status=401)
                with self.lock:
                    told = handler(self, asked, *map(int, found.groups()))
                for where, spoil in (WRONGS[name] for name in self.wrong & WRONGS.keys()):
                    if re.fullmatch(where, f"{method} {asked.path}"):
                        spoil(told)
                return told
        return Told(status=404)

    def nobody_shares(self) -> bool:
        """Whether each account was that of one user, who keeps one connection."""
        owned = [account for accounts in self.owners.values() for account in accounts]
        return len(owned) == len(set(owned)) == len(self.owners)

    def account_of(self, header: str) -> str | None:
        """Return whose token the Authorization header holds."""
        token = header.removeprefix("Bearer ")
        if token.startswith("demo."):
            return token.removeprefix("demo.")
        if time.monotonic() >= self.ended.get(token, math.inf):
            return None
        return next((account for account, access in self.sessions.values() if access == token), None)


def page(cards: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    first, limit = int(asked.query.get("cursor", 0)), int(asked.query.get("limit", 20))
    more = first + limit
    return {"tours": cards[first:more], "next_cursor": str(more) if more < len(cards) else None}


def tours(_stub: TourStub, asked: Asked) -> Told:
    city = asked.query.get("city")
    return Told(content=page([each for each in CARDS if city in (None, each["city"])], asked))


def near(_stub: TourStub, asked: Asked) -> Told:
    latitude, longitude = float(asked.query["latitude"]), float(asked.query["longitude"])
    found = [{**each, "distance_meters": metres(latitude, longitude, each)} for each in CARDS]
    found = [each for each in found if each["distance_meters"] <= float(asked.query["radius"])]
    return Told(content={"tours": sorted(found, key=lambda each: each["distance_meters"])[:20]})


def metres(latitude: float, longitude: float, to: dict[str, Any]) -> float:
    """Return the distance on a plane, which is near enough within a city."""
    north = (to["latitude"] - latitude) * 111_195
    east = (to["longitude"] - longitude) * 111_195 * {38: 0.780, 41: 0.753, 51: 0.629}[int(latitude)]
    return float((north**2 + east**2) ** 0.5)


def search(_stub: TourStub, asked: Asked) -> Told:
    return Told(content={"query": asked.query["q"], "tours": CARDS[:3]})


def cities(_stub: TourStub, _asked: Asked) -> Told:
    named = [
        {"name": name, "country": "x", "latitude": place[0], "longitude": place[1], "tour_count": 20}
        for name, place in CITIES.items()
    ]
    return Told(content={"cities": named})


def tour(_stub: TourStub, asked: Asked, number: int) -> Told:
    if asked.headers.get("if-none-match") == f'W/"{number}"':
        return Told(status=304, body=b"", headers={"etag": f'W/"{number}"'})
    stops = [
        {"position": n, "audio": "/media/a1.opus", "photos": ["/media/b2.webp"]} for n in range(1, STOPS + 1)
    ]
    return Told(content={**CARDS[number - 1], "stops": stops}, headers={"etag": f'W/"{number}"'})


def bundle(_stub: TourStub, _asked: Asked, number: int) -> Told:
    parts = [
        {"path": path, "size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "media_type": kind}
        for path, (kind, body) in FILES.items()
    ]
    archive = {"path": f"/bundles/{number}-aa.tar", "size": len(ARCHIVE)}
    told = {"tour_id": number, "digest": "aa", "parts": parts, "archive": archive}
    return Told(content={**told, "size": sum(len(body) for _, body in FILES.values())})


def file(_stub: TourStub, asked: Asked, *_number: int) -> Told:
    media_type, body = FILES.get(asked.path, ("application/x-tar", ARCHIVE))
    wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
    if wanted is None or asked.headers.get("if-range", '"f"') != '"f"':
        return Told(body=body, media_type=media_type)
    first, last = int(wanted[1]), min(int(wanted[2]), len(body) - 1)
    headers = {"content-range": f"bytes {first}-{last}/{len(body)}", "etag": '"f"'}
    return Told(status=206, body=body[first : last + 1], media_type=media_type, headers=headers)


def login(stub: TourStub, asked: Asked) -> Told:
    stub.logins.append(time.perf_counter())
    email = asked.content["email"]
    number = email.removeprefix("walker-").removesuffix("@example.org")
    if asked.content["password"] != f"tour-{number}":
        return Told(status=401)
    return session(stub, email)


def session(stub: TourStub, account: str) -> Told:
    number = f"{time.perf_counter_ns()}"
    stub.sessions[f"r{number}"] = (account, f"t{number}")
    names = {"token": f"t{number}", "account": account, "refresh_token": f"r{number}"}
    return Told(content={**names, "expires_in": 900})


def refresh(stub: TourStub, asked: Asked) -> Told:
    spent = stub.sessions.pop(asked.content["refresh_token"], None)
    return Told(status=401) if spent is None else session(stub, spent[0])


def logout(stub: TourStub, asked: Asked) -> Told:
    token = asked.headers["authorization"].removeprefix("Bearer ")
    if "a logout that ends nothing" in stub.wrong:
        return Told(status=204, body=b"")
    stub.ended[token] = time.monotonic() + ("several processes" in stub.wrong)
    return Told(status=204, body=b"")


def progress(stub: TourStub, asked: Asked, number: int) -> Told:
    version, mark = stub.marks.get((asked.account or "", number), (0, {"stop": 0, "seconds": 0.0}))
    content = {"tour_id": number, "account": asked.account, **mark}
    return Told(content=content, headers={"etag": f'"{version}"'})


def save(stub: TourStub, asked: Asked, number: int) -> Told:
    version, _ = stub.marks.get((asked.account or "", number), (0, {}))
    expected = asked.headers.get("if-match")
    if expected is None and version:
        return Told(status=409)
    if expected not in (None, f'"{version}"'):
        return Told(status=412)
    stub.marks[asked.account or "", number] = (version + 1, asked.content)
    stub.walked[asked.account or ""].append(asked.content["stop"])
    return progress(stub, asked, number)


def sync(stub: TourStub, asked: Asked) -> Told:
    key = (asked.account or "", asked.headers["idempotency-key"])
    if key in stub.synced:
        return Told(content=stub.synced[key], headers={"idempotency-replayed": "true"})
    for mark in asked.content["marks"]:
        version, _ = stub.marks.get((key[0], mark["tour_id"]), (0, {}))
        kept = {"stop": mark["stop"], "seconds": mark["seconds"]}
        stub.marks[key[0], mark["tour_id"]] = (version + 1, kept)
    applied = sorted({mark["tour_id"] for mark in asked.content["marks"]})
    stub.synced[key] = {"applied": applied, "stale": []}
    return Told(content=stub.synced[key])


def reviews(stub: TourStub, asked: Asked, number: int) -> Told:
    limit = int(asked.query.get("limit", 20))
    listed = stub.reviews[number][:limit]
    if "a cache on the way" in stub.wrong and asked.account is None:
        listed = stub.cached.setdefault((number, limit), listed)
    return Told(content={"reviews": listed, "next_cursor": None})


def review(stub: TourStub, asked: Asked, number: int) -> Told:
    told = {
        "id": time.perf_counter_ns(),
        "author": asked.account,
        "written_at": datetime.now(UTC).isoformat(),
        **asked.content,
    }
    stub.reviews[number].insert(0, told)
    return Told(content=told, status=201, headers={"location": f"/api/tours/{number}/reviews"})


# What is asked, who answers, and whether that takes an account.
ROUTES: list[tuple[str, Callable[..., Told], bool]] = [
    ("GET /api/tours", tours, False),
    ("GET /api/tours/near", near, False),
    ("GET /api/search", search, False),
    ("GET /api/cities", cities, False),
    (r"GET /api/tours/(\d+)", tour, False),
    (r"GET /api/tours/(\d+)/bundle", bundle, False),
    (r"GET /media/.*", file, False),
    (r"GET /bundles/(\d+)-aa.tar", file, False),
    ("POST /api/login", login, False),
    ("POST /api/refresh", refresh, False),
    ("POST /api/logout", logout, True),
    (r"GET /api/progress/(\d+)", progress, True),
    (r"PUT /api/progress/(\d+)", save, True),
    ("POST /api/sync", sync, True),
    (r"GET /api/tours/(\d+)/reviews", reviews, False),
    (r"POST /api/tours/(\d+)/reviews", review, True),
]


def _turn_round(told: Told) -> None:
    told.content["tours"] = told.content["tours"][::-1]


def _change(**members: Any) -> Callable[[Told], None]:
    return lambda told: told.content.update(members) if told.status < HTTPStatus.BAD_REQUEST else None


def _replace(**members: Any) -> Callable[[Told], None]:
    def spoil(told: Told) -> None:
        for name, value in members.items():
            setattr(told, name, value)

    return spoil


# What can be wrong: at which requests, and how the answer is spoilt.
WRONGS: dict[str, tuple[str, Callable[[Told], None]]] = {
    "farthest first": ("GET /api/tours/near", _turn_round),
    "another search": ("GET /api/search", _change(query="something else")),
    "another tour": (r"GET /api/tours/\d+", _change(id=0)),
    "a page instead of a photo": ("GET /media/b2.webp", _replace(body=b"<html>", media_type="text/html")),
    "a short file": ("GET /media/c3.geojson", _replace(body=b"{}")),
    "no pieces": (r"GET /bundles/.*", _replace(status=200)),
    "another account": (r"GET /api/progress/\d+", _change(account="walker-0000@example.org")),
    "conflicts": (r"PUT /api/progress/\d+", _replace(status=412)),
    "synced twice": ("POST /api/sync", _replace(headers={})),
    "a lost review": (r"GET /api/tours/\d+/reviews", _change(reviews=[])),
}


@contextmanager
def serving(*wrong: str) -> Iterator[tuple[str, TourStub]]:
    """Serve on loopback, with what is to be *wrong*; yield the address and the app."""
    stub = TourStub(frozenset(wrong))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(headers.get("content-length", 0)))
            account = stub.account_of(headers.get("authorization", ""))
            if account:
                stub.owners[self.client_address[1]].add(account)
            asked = Asked(
                path=parts.path,
                query={name: values[-1] for name, values in parse_qs(parts.query).items()},
                headers=headers,
                content=json.loads(sent) if sent else None,
                account=account,
            )
            self._send(stub.answer(self.command, asked))

        def _send(self, told: Told) -> None:
            body = json.dumps(told.content).encode() if told.body is None else told.body
            head = io.BytesIO()
            wire, self.wfile = self.wfile, head
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if told.status not in (204, 304):
                self.send_header("Content-Type", told.media_type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile = wire
            # At once: in two packets, the second would wait for the first one's acknowledgement.
            wire.write(head.getvalue() + body)

        # http.server calls methods by these names.
        do_GET = do_PUT = do_POST = _answer  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        # All users of a test may come at once.
        request_queue_size = 1024
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server, in_a_thread(server):
        yield f"http://127.0.0.1:{server.server_port}", stub
