// Asks from time to time whether another release is serving, and offers to reload the page then.
import { showNotice } from "./notice.js";

// Milliseconds between two questions: soon enough after a roll-back, and four small requests a minute.
const PAUSE = 15_000;

export function watchRelease() {
  const shown = document.body.dataset.release;
  const timer = setInterval(async () => {
    // Nobody looks at a hidden page, and its battery is spared.
    if (document.hidden || !navigator.onLine) return;
    const answer = await fetch("/api/flags").catch(() => null);
    const serving = answer?.headers.get("x-release");
    if (!serving || serving === shown) return;
    clearInterval(timer);
    showNotice("A newer version is ready.", { words: "Reload", press: () => location.reload() });
  }, PAUSE);
}
