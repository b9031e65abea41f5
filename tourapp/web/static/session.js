// Who is signed in.  The token lives in memory only; an HttpOnly cookie, which no script can read, renews it.
// The e-mail address is remembered as a hint, so that pages of guests ask for nothing.
const HINT = "signed-in-as";

let token = null;

export function knownAccount() {
  return localStorage.getItem(HINT);
}

export async function signIn(email, password) {
  const answer = await post("/api/login", { email, password, cookie: true });
  if (answer.ok) await remember(answer);
  return answer;
}

// Return whether nobody is signed in any more; the server may refuse for a while.
export async function signOut() {
  const answer = await ask("/api/logout", { method: "POST" });
  const done = answer.ok || answer.status === 401;
  if (done) forget();
  return done;
}

// Send a request as the account; the answer is 401 when nobody is signed in.  Rejects without a connection.
export async function ask(path, options = {}) {
  if (!token) await renew();
  const answer = await send(path, options);
  return answer.status === 401 && (await renew()) ? send(path, options) : answer;
}

function send(path, options) {
  const headers = new Headers(options.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  if (options.body) headers.set("content-type", "application/json");
  return fetch(path, { ...options, headers });
}

// A renewal spends the cookie, so two tabs must not use the same one: the second waits, and finds the new one.
function renew() {
  return navigator.locks.request("session", async () => {
    token = null;
    if (!knownAccount()) return false;
    const answer = await post("/api/refresh", {});
    if (answer.ok) await remember(answer);
    else if (answer.status === 401) forget();
    return answer.ok;
  });
}

async function remember(answer) {
  const session = await answer.json();
  token = session.token;
  localStorage.setItem(HINT, session.account);
}

function forget() {
  token = null;
  localStorage.removeItem(HINT);
}

function post(path, body) {
  return fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
