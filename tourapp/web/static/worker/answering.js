// Who answers which request: pages from the network first, files and media from the phone first, the API never from here.

// Milliseconds until a page that is kept is shown instead of waiting on for the network.
const PATIENCE = 3_000;
// What stands for a picture that is not on the phone while there is no connection: hills under a clouded sky.
const PLACEHOLDER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice">
<path fill="#8a948f" d="M0 0h320v180H0z" opacity=".25"/><path fill="#8a948f" opacity=".4" d="M0 180v-50l70-40 70 45 75-60 105 70v35z"/>
<path fill="none" stroke="#8a948f" stroke-width="5" stroke-linecap="round" stroke-linejoin="round" d="M136 62a14 14 0 0 1 3-27 20 20 0 0 1 38 4 12 12 0 0 1 5 23zM132 26l52 46"/></svg>`;

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
    if (request.destination === "image") return new Response(PLACEHOLDER, { headers: { "content-type": "image/svg+xml" } });
    throw error;
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
