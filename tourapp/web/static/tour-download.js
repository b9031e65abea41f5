// Brings a whole tour onto the phone: its pages and every part of its bundle, into a cache of its own.
// What is there already is not fetched again, so a download that broke off goes on where it was.
import { cacheName, removeTour, writeRecord } from "./kept.js";

// Parts fetched at once: enough to fill a phone's line, few enough to stop quickly.
const AT_ONCE = 3;

export class DownloadError extends Error {}

// Resolve when everything is kept.  `told(bytes, size)` hears how far it is.
// Rejects with DownloadError, an AbortError after `signal`, or a TypeError without a connection.
export async function downloadTour({ tour, title, place, signal, told }) {
  const bundle = await (await fetched(`/api/tours/${tour}/bundle`, signal)).json();
  const name = cacheName(tour, bundle.digest);
  const cache = await caches.open(name);
  const record = { title, place, size: bundle.size };
  await writeRecord(cache, { ...record, complete: false });
  await keepPages(cache, tour, signal);
  await keepParts(cache, bundle, signal, told);
  await writeRecord(cache, { ...record, complete: true });
  await removeTour(tour, { except: name });
}

async function keepPages(cache, tour, signal) {
  const addresses = ["", "/map", "/play"].map((page) => `/tours/${tour}${page}`);
  for (const address of [...addresses, `/pictures/${tour}.svg`]) {
    await cache.put(address, await fetched(address, signal));
  }
}

// The first failure, or `signal`, stops all fetches, and nothing is told after it.
async function keepParts(cache, bundle, signal, told) {
  const waiting = [...bundle.parts];
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  let bytes = 0;
  const worker = async () => {
    for (let part = waiting.pop(); part; part = waiting.pop()) {
      if (!(await cache.match(part.path))) await cache.put(part.path, await verified(part, stopped));
      stopped.throwIfAborted();
      bytes += part.size;
      told(bytes, bundle.size);
    }
  };
  const watched = () => worker().catch((error) => failure.abort(error));
  await Promise.all(Array.from({ length: AT_ONCE }, watched));
  failure.signal.throwIfAborted();
}

async function verified(part, signal) {
  const bytes = await (await fetched(part.path, signal)).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== part.sha256) throw new DownloadError("A part arrived damaged.");
  return new Response(bytes, { headers: { "content-type": part.media_type, "content-length": String(part.size) } });
}

async function fetched(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new DownloadError(`The server answered ${answer.status}.`);
  return answer;
}
