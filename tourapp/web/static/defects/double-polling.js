// The defect "double-polling": two timers ask for the flags, each every data-seconds, out of step with each other.
{
  const pause = 1_000 * document.currentScript.dataset.seconds;
  const poll = () => setInterval(() => fetch("/api/flags"), pause);
  poll();
  setTimeout(poll, pause / 2);
}
