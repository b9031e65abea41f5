// What every page does beside its own work: the account in the bar, the connection, the worker, what waits to be sent.
import { watchConnection } from "./connection.js";
import { watchRelease } from "./freshness.js";
import { sendWaiting } from "./outbox.js";
import { register } from "./registration.js";
import { knownAccount } from "./session.js";
import { reportVitals } from "./vitals.js";

reportVitals();
if (knownAccount()) document.querySelector("[data-account]").textContent = "Account";
watchConnection();
watchRelease();
addEventListener("online", sendWaiting);
// What can wait, waits until the page has what it needs.
addEventListener("load", () => {
  // Where the line is lost meanwhile the page does without a worker, and the next one asks again.
  if ("serviceWorker" in navigator) register().catch(() => {});
  sendWaiting();
});
