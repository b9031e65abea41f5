"""What is evaluated in a visited page, once it has loaded, and the evidence it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.artifacts import Document, Paint

# Everything in one call.  "visibility-state" entries tell of hiding before this script ever ran, so
# nothing has to be injected before the page.
READ = """() => {
  const navigation = performance.getEntriesByType('navigation')[0];
  const hidden = performance.getEntriesByType('visibility-state').find(e => e.name === 'hidden');
  return {
    url: location.href,
    status: navigation.responseStatus || null,
    response_start: navigation.responseStart,
    load_end: navigation.loadEventEnd,
    activation_start: navigation.activationStart || 0,
    hidden_at: hidden ? hidden.startTime : null,
    isolated: self.crossOriginIsolated === true,
    paints: performance.getEntriesByType('paint').map(
      e => ({name: e.name, start: e.startTime, painted: e.paintTime ?? null})),
  };
}"""

# Turns of a fixed loop per second: the best of several spans, since other work on the machine can
# only make a span slower, while the throttle slows down every one.
SPEED = """({spans, milliseconds}) => {
  let best = 0;
  for (let span = 0; span < spans; span++) {
    const start = performance.now();
    let turns = 0, now = start;
    while (now - start < milliseconds) {
      let sum = 0;
      for (let i = 0; i < 1000; i++) sum += i * i;
      turns += sum > 0 ? 1 : 0;
      now = performance.now();
    }
    best = Math.max(best, turns / (now - start) * 1000);
  }
  return best;
}"""

# Ends up in traces as a user timing; the answer is in seconds since 1970, which outlive a document.
STAMP = """name => {
  performance.mark(`launchlab: ${name}`);
  return (performance.timeOrigin + performance.now()) / 1e3;
}"""

# How far what lies under the middle of the screen is scrolled, and how far it can be: the page, or
# the part of it that scrolls in its stead.
POSITION = """() => {
  const scrolls = e => e.scrollHeight > e.clientHeight && /auto|scroll/.test(getComputedStyle(e).overflowY);
  let box = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  while (box && !scrolls(box)) box = box.parentElement;
  box = box || document.scrollingElement;
  return {at: box.scrollTop, end: box.scrollHeight - box.clientHeight};
}"""

MIDDLE = "() => ({x: Math.round(innerWidth / 2), y: Math.round(innerHeight / 2)})"

# What a player's own button does.  Why it failed is kept where PLAYING finds it.
PLAY = """player => {
  player.play().catch(error => { player.launchlabError = error.message; });
}"""

PLAYING = """player => ({
  time: player.currentTime,
  error: player.launchlabError || (player.error ? player.error.message || 'no sound' : null),
})"""


def document_of(answer: Mapping[str, Any]) -> Document:
    """Turn READ's answer, in milliseconds, into evidence in seconds."""
    hidden_at = answer["hidden_at"]
    return Document(
        url=str(answer["url"]),
        status=answer["status"],
        response_start=answer["response_start"] / 1e3,
        load_end=answer["load_end"] / 1e3,
        activation_start=answer["activation_start"] / 1e3,
        hidden_at=None if hidden_at is None else hidden_at / 1e3,
        isolated=answer["isolated"],
        paints=tuple(_paint(entry) for entry in answer["paints"]),
    )


def _paint(entry: Mapping[str, Any]) -> Paint:
    painted = entry["painted"]
    return Paint(
        name=str(entry["name"]),
        start=entry["start"] / 1e3,
        painted=None if painted is None else painted / 1e3,
    )
