// The page for signing in and out.
import { knownAccount, signIn, signOut } from "./session.js";

const form = document.querySelector("[data-login]");
const trouble = document.querySelector("[data-login-trouble]");
const stillSignedIn = document.querySelector("[data-sign-out-trouble]");
const signedIn = document.querySelector("[data-signed-in]");

function show() {
  const account = knownAccount();
  form.hidden = Boolean(account);
  signedIn.hidden = !account;
  document.querySelector("[data-signed-in-as]").textContent = account ?? "";
  document.querySelector("[data-account]").textContent = account ? "Account" : "Sign in";
}

// Where the walker came from, on this site only.
function wayBack() {
  const asked = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return asked.origin === location.origin ? asked.href : "/";
}

function reasonOf(answer) {
  if (answer.status === 401) return "E-mail address or password is wrong.";
  if (answer.status === 429 || answer.status === 503) {
    return `Too many sign-ins at the moment. Try again in ${answer.headers.get("retry-after") ?? "a few"} seconds.`;
  }
  return "That did not work. Try again later.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await signIn(form.email.value, form.password.value);
    if (answer.ok) location.assign(wayBack());
    else trouble.textContent = reasonOf(answer);
  } catch {
    trouble.textContent = "There is no connection. Signing in needs one.";
  }
  button.disabled = false;
});

document.querySelector("[data-sign-out]").addEventListener("click", async () => {
  stillSignedIn.textContent = "";
  try {
    if (await signOut()) show();
    else stillSignedIn.textContent = "That did not work, and you are still signed in. Try again later.";
  } catch {
    stillSignedIn.textContent = "There is no connection. Signing out needs one.";
  }
});
show();
