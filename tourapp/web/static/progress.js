// Where the walker stands in a tour: on this phone always, with the account when there is one.
import { keepForLater } from "./outbox.js";
import { ask, knownAccount } from "./session.js";

const versions = new Map();

// Return the newest { stop, seconds } known, null at the beginning.
export async function savedMark(tour) {
  const own = JSON.parse(localStorage.getItem(`mark ${tour}`));
  if (!knownAccount()) return own;
  const mark = await fetchMark(tour).catch(() => null);
  return mark?.stop ? mark : own;
}

// Save and return where: "account", "later" (waits for a connection) or "phone".
export async function saveMark(tour, stop, seconds) {
  localStorage.setItem(`mark ${tour}`, JSON.stringify({ stop, seconds }));
  const account = knownAccount();
  if (!account) return "phone";
  const recorded_at = new Date().toISOString();
  try {
    let answer = await putMark(tour, { stop, seconds });
    if (answer.status === 409 || answer.status === 412) {
      // Another phone has saved meanwhile.  The walker is here, so this mark is the newer one.
      await fetchMark(tour);
      answer = await putMark(tour, { stop, seconds });
    }
    if (answer.ok) return "account";
  } catch {
    // No connection: fetch rejects.
  }
  keepForLater(account, { tour_id: Number(tour), stop, seconds, recorded_at });
  return "later";
}

async function fetchMark(tour) {
  const answer = await ask(`/api/progress/${tour}`);
  if (!answer.ok) return null;
  versions.set(tour, answer.headers.get("etag"));
  return answer.json();
}

async function putMark(tour, mark) {
  const version = versions.get(tour);
  const answer = await ask(`/api/progress/${tour}`, {
    method: "PUT",
    headers: version ? { "if-match": version } : {},
    body: JSON.stringify(mark),
  });
  if (answer.ok) versions.set(tour, answer.headers.get("etag"));
  return answer;
}
