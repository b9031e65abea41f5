"""A small site of tours with a service worker: what page journeys walk on, and what may be wrong with it."""

from __future__ import annotations

import enum
import http.server
import io
import math
import struct
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager

from tests.threads import in_a_thread

_HEAD = (
    "<!doctype html><title>tours</title><meta name=viewport content='width=device-width'>"
    "<link rel=icon href='data:,'>"
)
_WORKER = "<script>addEventListener('load', () => navigator.serviceWorker.register('/sw.js'))</script>"
_LIST = "".join(
    f"<p style='height: 150px'><a data-journey=tour-link href='/tours/{number}'>Tour {number}</a></p>"
    for number in range(1, 11)
)
_MORE = """<script>
  addEventListener('scroll', () => {
    if (scrollY + innerHeight < document.documentElement.scrollHeight - 10) return;
    document.body.insertAdjacentHTML('beforeend', '<p style="height: 400px">more</p>');
  });
</script>"""
_TOUR = """<h1 data-journey=tour-title>The old harbour</h1>
<button data-journey=download>Download this tour</button>
<p data-journey=download-done hidden>On this phone.</p>
<script>
  document.querySelector('button').onclick = async () => {
    const worker = (await navigator.serviceWorker.ready).active;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { document.querySelector('p').hidden = false; };
    worker.postMessage('keep', [channel.port2]);
  };
</script>"""
_MAP = """<h1>Map</h1><button data-journey=map-start>Show the way</button>
<i style='display: block; width: 9px; height: 9px; background: red'></i>
<script>
  document.querySelector('button').onclick = async () => {
    const way = document.querySelector('i').animate({transform: ['none', 'translateX(200px)']}, 700);
    await way.finished;
    END
  };
</script>"""
_END = "document.body.insertAdjacentHTML('beforeend', '<p data-journey=map-done data-state=done>There.</p>');"
_PLAYER = "<h1>Listen</h1><audio data-journey=player src='/media/1.wav' controls></audio>"
_RULER = """<p style='height: 4000px'></p><b id=at style='position: fixed; top: 0'>0</b>
<script>addEventListener('scroll', () => { document.querySelector('b').textContent = scrollY; });</script>"""
_SERVICE_WORKER = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', event => event.waitUntil(clients.claim()));
addEventListener('message', event => event.waitUntil(keep(event.ports[0])));
addEventListener('fetch', event => event.respondWith(answer(event.request)));
async function keep(port) {
  const shelf = await caches.open('tour');
  await shelf.addAll(KEPT);
  port.postMessage('kept');
}
async function answer(request) {
  const kept = await caches.match(request, {ignoreVary: true});
  return kept || fetch(request);
}
"""


class Fault(enum.Enum):
    """What may be wrong with the site."""

    NO_TITLE = "a tour has no title"
    COVERED = "the list's links are covered"
    AWAY = "the list's links lead elsewhere"
    SHORT_LIST = "the list fits the screen"
    ENDLESS_LIST = "the list never ends"
    ENDLESS_MAP = "the animation never ends"
    ENDLESS_DOWNLOAD = "the download never says that it is done"
    TOUR_NOT_KEPT = "the download leaves out the tour's page"
    OTHER_KEPT = "the download keeps another page in the tour's place"
    SOUND_NOT_KEPT = "the download leaves out the sound"
    NO_WORKER = "there is no service worker"
    WORKER_ASKS_ELSEWHERE = "the service worker asks a host that is not allowed"


class Pwa(http.server.ThreadingHTTPServer):
    """Serves the tours, with *faults*; remembers which paths it was asked for."""

    daemon_threads = True

    def __init__(self, *faults: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.faults = faults
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def body_of(self, path: str) -> bytes | None:
        """Return what is at *path*."""
        if path == "/media/1.wav":
            return _sound()
        if path == "/sw.js":
            return None if Fault.NO_WORKER in self.faults else self._service_worker().encode()
        body = self._pages().get(path)
        return None if body is None else (_HEAD + body + _WORKER).encode()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that were ended while they were being answered."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def _pages(self) -> dict[str, str]:
        return {
            "/": self._list(),
            "/tours/1": _TOUR.replace("=tour-title", "") if Fault.NO_TITLE in self.faults else _TOUR,
            "/tours/1/map": _MAP.replace("END", "" if Fault.ENDLESS_MAP in self.faults else _END),
            "/tours/1/play": _PLAYER,
            "/tours/2": _TOUR.replace("The old harbour", "Another one"),
            "/ruler": _RULER,
        }

    def _list(self) -> str:
        body = _LIST.partition("</p>")[0] if Fault.SHORT_LIST in self.faults else _LIST
        if Fault.AWAY in self.faults:
            body = body.replace("href='", f"href='http://localhost:{self.server_port}")
        if Fault.COVERED in self.faults:
            body += "<div id=banner style='position: fixed; inset: 0'>Read this first.</div>"
        return body + (_MORE if Fault.ENDLESS_LIST in self.faults else "")

    def _service_worker(self) -> str:
        kept = ["/tours/1", "/tours/1/play", "/media/1.wav"]
        if Fault.TOUR_NOT_KEPT in self.faults:
            kept.remove("/tours/1")
        if Fault.SOUND_NOT_KEPT in self.faults:
            kept.remove("/media/1.wav")
        text = _SERVICE_WORKER.replace("KEPT", repr(kept))
        if Fault.OTHER_KEPT in self.faults:
            text = text.replace(
                "port.post", "await shelf.put('/tours/1', await fetch('/tours/2'));\n  port.post"
            )
        if Fault.ENDLESS_DOWNLOAD in self.faults:
            text = text.replace("port.postMessage('kept');", "")
        if Fault.WORKER_ASKS_ELSEWHERE in self.faults:
            text += "fetch('http://elsewhere.test/tracker').catch(() => {});\n"
        return text


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pwa

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.body_of(self.path)
        self.send_response(200 if body is not None else 404)
        kind = {"js": "text/javascript", "wav": "audio/wav"}.get(self.path.rpartition(".")[2], "text/html")
        self.send_header("Content-Type", kind)
        # So that a browser's own cache could stand in for what a download forgot.
        self.send_header("Cache-Control", "max-age=3600")
        body = body or b"<!doctype html><h1>no such page</h1>"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(*faults: Fault) -> Iterator[Pwa]:
    """Yield the site with *faults* while it answers."""
    with Pwa(*faults) as site, in_a_thread(site):
        yield site


def _sound() -> bytes:
    """Return three seconds of a tone as a WAV file."""
    rate = 8000
    tone = (int(8000 * math.sin(2 * math.pi * 440 * frame / rate)) for frame in range(3 * rate))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return file.getvalue()
