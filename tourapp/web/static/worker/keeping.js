// What the worker keeps: the shell of this edition, the pages last visited; and what it drops.
const SHELL = `shell-${EDITION}`;
const VISITED = "visited";
// Where each kept tour says what it is; pages write it (kept.js).
const RECORD = "/downloads/record";
// Pages last visited that can be opened again without a connection.
const VISITED_LENGTH = 20;

// Fetch the shell; a file that an older shell has with the same digest is copied from there.
async function install() {
  const shell = await caches.open(SHELL);
  await Promise.all(
    PRECACHE.map(async ({ address, digest }) => {
      const known = address.includes(digest) ? await caches.match(address) : undefined;
      const answer = known ?? (await fetch(address, { cache: "no-cache" }));
      if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
      await shell.put(address, answer);
    }),
  );
}

async function dropOldShells() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

// The pages of kept tours name the files of the release that made them, so a new release brings new ones.
async function renewKeptTours() {
  for (const name of await caches.keys()) {
    const [, tour, digest] = /^tour-(\d+)-(.+)$/.exec(name) ?? [];
    if (tour) await renewTour(await caches.open(name), tour, digest);
  }
}

// New pages name new parts: where those are not here, the old pages stay and the walker is told to go on with the download.
async function renewTour(cache, tour, digest) {
  const bundle = await newest(`/api/tours/${tour}/bundle`);
  if (!bundle) return;
  if ((await bundle.json()).digest !== digest) return markIncomplete(cache);
  for (const address of [`/tours/${tour}`, `/tours/${tour}/map`, `/tours/${tour}/play`]) {
    const page = await newest(address);
    if (page && (await cache.match(address))) await cache.put(address, page);
  }
}

// Return the answer, null when there is no good one.
async function newest(address) {
  const answer = await fetch(address, { cache: "no-cache" }).catch(() => null);
  return answer?.ok ? answer : null;
}

async function markIncomplete(cache) {
  const record = await (await cache.match(RECORD))?.json();
  if (record) await cache.put(RECORD, Response.json({ ...record, complete: false }));
}

async function rememberVisit(address, answer) {
  if (!answer.ok || answer.redirected) return;
  // Copied at once, before the page reads it.
  const copy = answer.clone();
  const visited = await caches.open(VISITED);
  // Deleted first, so that the keys stand in the order of the last visit.
  await visited.delete(address);
  await visited.put(address, copy);
  const addresses = await visited.keys();
  for (const old of addresses.slice(0, -VISITED_LENGTH)) await visited.delete(old);
}
