// The defect "blocking-script": busy for data-seconds of wall time while the browser may not render.
const end = performance.now() + 1_000 * document.currentScript.dataset.seconds;
while (performance.now() < end);
