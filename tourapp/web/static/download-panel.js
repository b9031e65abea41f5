// The button that downloads a tour, its progress, and what went wrong.
import { keptTours } from "./kept.js";
import { registered } from "./registration.js";
import { downloadTour, DownloadError } from "./tour-download.js";
import { megabytes } from "./words.js";

const panel = document.querySelector("[data-download]");

function start() {
  const { download: tour, title, place } = panel.dataset;
  const [words, done, bar, trouble, button] = ["words", "done", "progress", "trouble", "button"].map((part) =>
    panel.querySelector(`[data-download-${part}]`),
  );
  const intent = words.textContent;
  let running = null;

  const told = (bytes, size) => {
    bar.value = bytes / size;
    words.textContent = `${megabytes(bytes)} of ${megabytes(size)}`;
  };

  const finish = async () => {
    // Without its worker a kept tour could not be opened offline.
    await registered().catch(() => {
      throw new DownloadError("This phone could not be made ready for walking without a connection.");
    });
    words.hidden = bar.hidden = button.hidden = true;
    done.hidden = false;
  };

  const failed = (error) => {
    bar.hidden = true;
    words.textContent = intent;
    button.textContent = "Go on with the download";
    trouble.textContent = reasonOf(error);
    trouble.hidden = !trouble.textContent;
  };

  button.addEventListener("click", async () => {
    if (running) return running.abort();
    running = new AbortController();
    trouble.hidden = true;
    bar.hidden = false;
    bar.value = 0;
    button.textContent = "Cancel";
    navigator.storage?.persist?.();
    await downloadTour({ tour, title, place, signal: running.signal, told }).then(finish).catch(failed);
    running = null;
  });

  keptTours().then((tours) => {
    const known = tours.find((other) => other.tour === tour);
    if (known?.complete) finish().catch(failed);
    else if (known) button.textContent = "Go on with the download";
  });
}

function reasonOf(error) {
  if (error.name === "AbortError") return "";
  if (error.name === "QuotaExceededError") return "This phone has no room left. Remove a tour under Downloads, then go on.";
  if (error instanceof DownloadError) return `${error.message} What is here already stays; try again later.`;
  return "The connection was lost. What is here already stays; go on when it is back.";
}

// Tours can be kept only where the browser has caches and workers, which need a secure address.
if (panel) {
  if ("caches" in window && "serviceWorker" in navigator) start();
  else panel.hidden = true;
}
