// What the worker keeps: the shell of this edition, the pages last visited; and what it drops.
const SHELL = `shell-${EDITION}`;
const VISITED = "visited";
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
async function renewKeptPages() {
  for (const name of await caches.keys()) {
    const tour = /^tour-(\d+)-/.exec(name)?.[1];
    if (!tour) continue;
    const cache = await caches.open(name);
    for (const address of [`/tours/${tour}`, `/tours/${tour}/map`, `/tours/${tour}/play`]) {
      const answer = await fetch(address).catch(() => null);
      if (answer?.ok && (await cache.match(address))) await cache.put(address, answer);
    }
  }
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
