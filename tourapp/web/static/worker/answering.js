// Who answers which request: pages from the network first, files and media from the phone first, the API never from here.

// Milliseconds until a page that is kept is shown instead of waiting on for the network.
const PATIENCE = 3_000;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  // Kept tours are renewed now, since every page waits for a worker that activates.
  event.waitUntil(install().then(renewKeptTours));
});

self.addEventListener("activate", (event) => {
  const ready = [dropOldShells(), self.clients.claim(), self.registration.navigationPreload?.enable()];
  event.waitUntil(Promise.all(ready));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (/^\/(static|media|pictures)\//.test(pathname)) event.respondWith(file(request));
});

async function page(event) {
  const network = fetchPage(event);
  // Said before anything is waited for: a page that comes after the patience is over is kept too.
  event.waitUntil(network.then((answer) => rememberVisit(event.request.url, answer)).catch(() => {}));
  const kept = await keptPage(event.request.url);
  try {
    if (!kept) return await network;
    return (await Promise.race([network, pause(PATIENCE)])) ?? kept;
  } catch {
    return kept ?? (await caches.match("/offline"));
  }
}

async function fetchPage(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

async function keptPage(url) {
  const visited = await caches.open(VISITED);
  const { pathname } = new URL(url);
  // A kept tour is found whatever its address asks for; a search is not.
  return (await visited.match(url)) ?? (await caches.match(url)) ?? (pathname === "/" ? undefined : caches.match(pathname));
}

async function file(request) {
  const kept = await caches.match(request.url, { ignoreVary: true });
  if (kept) return sliced(request, kept);
  try {
    return await fetch(request);
  } catch (error) {
    // A page of an older release asks for an older file: this release's does its work.
    const similar = await caches.match(request.url, { ignoreSearch: true, ignoreVary: true });
    if (similar) return similar;
    throw error;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
