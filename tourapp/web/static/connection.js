// Says when the connection is lost, since half of the app goes on without it.
import { showNotice } from "./notice.js";

export function watchConnection() {
  let hide = () => {};
  const show = () => {
    hide();
    hide = showNotice("No connection. Downloaded tours still work.");
  };
  addEventListener("offline", show);
  addEventListener("online", () => hide());
  if (!navigator.onLine) show();
}
