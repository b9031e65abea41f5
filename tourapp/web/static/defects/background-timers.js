// The defect "background-timers": busy for data-share of the time, also when nobody looks.
{
  // Milliseconds from one beginning to the next.
  const PERIOD = 100;
  const length = PERIOD * document.currentScript.dataset.share;
  setInterval(() => {
    const end = performance.now() + length;
    while (performance.now() < end);
  }, PERIOD);
}
