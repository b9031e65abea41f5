// Says when the connection is lost, since half of the app goes on without it.
import { hideNotice, showNotice } from "./notice.js";

export function watchConnection() {
  const show = () => showNotice("No connection. Downloaded tours still work.");
  addEventListener("offline", show);
  addEventListener("online", hideNotice);
  if (!navigator.onLine) show();
}
