// The tours kept on this phone.  Each has a cache of its own, named by tour and digest, with a record of what it is.
const NAME = /^tour-(\d+)-(.+)$/;
const RECORD = "/downloads/record";

export function cacheName(tour, digest) {
  return `tour-${tour}-${digest}`;
}

// Return [{ name, tour, title, place, size, complete }], size in bytes.
export async function keptTours() {
  const names = (await caches.keys()).filter((name) => NAME.test(name));
  const records = await Promise.all(
    names.map(async (name) => {
      const record = await (await caches.open(name)).match(RECORD);
      return record && { name, tour: NAME.exec(name)[1], ...(await record.json()) };
    }),
  );
  return records.filter(Boolean);
}

export async function writeRecord(cache, record) {
  await cache.put(RECORD, new Response(JSON.stringify(record), { headers: { "content-type": "application/json" } }));
}

export async function removeTour(tour, { except = null } = {}) {
  const names = (await caches.keys()).filter((name) => NAME.exec(name)?.[1] === String(tour) && name !== except);
  await Promise.all(names.map((name) => caches.delete(name)));
}
