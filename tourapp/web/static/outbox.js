// Marks that could not be sent: kept on the phone and sent as one batch when the connection is back.
// A batch keeps its key until it is answered, so that one which is sent twice counts once.
import { ask, knownAccount } from "./session.js";

const PLACE = "outbox";
// What the server takes at once.
const BATCH_LENGTH = 100;

// Keep { tour_id, stop, seconds, recorded_at } for the account; the newest mark of a tour replaces older ones.
export function keepForLater(account, mark) {
  const box = boxOf(account);
  save(account, { ...box, waiting: [...box.waiting.filter((other) => other.tour_id !== mark.tour_id), mark] });
}

export async function sendWaiting() {
  const account = knownAccount();
  if (!account || !navigator.onLine) return;
  await navigator.locks.request("outbox", async () => {
    const batch = nextBatch(account);
    if (!batch) return;
    const answer = await ask("/api/sync", {
      method: "POST",
      headers: { "idempotency-key": batch.key },
      body: JSON.stringify({ marks: batch.marks }),
    }).catch(() => null);
    if (answer && isFinal(answer.status)) save(account, { ...boxOf(account), batch: null });
  });
}

function nextBatch(account) {
  const box = boxOf(account);
  if (box.batch || !box.waiting.length) return box.batch;
  const batch = { key: crypto.randomUUID(), marks: box.waiting.slice(0, BATCH_LENGTH) };
  save(account, { batch, waiting: box.waiting.slice(BATCH_LENGTH) });
  return batch;
}

// Signed out, too many requests or a broken server may pass; any other answer would be the same tomorrow.
function isFinal(status) {
  return status !== 401 && status !== 429 && status < 500;
}

function boxOf(account) {
  return JSON.parse(localStorage.getItem(`${PLACE} ${account}`)) ?? { batch: null, waiting: [] };
}

function save(account, box) {
  localStorage.setItem(`${PLACE} ${account}`, JSON.stringify(box));
}
