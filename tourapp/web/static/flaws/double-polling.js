// The defect "double-polling": asks for the flags data-factor times as often as needed, out of step with the page.
{
  // Milliseconds: what the page itself waits (freshness.js).
  const PAUSE = 15_000;
  const extra = document.currentScript.dataset.factor - 1;
  if (extra > 0) setTimeout(() => setInterval(() => fetch("/api/flags"), PAUSE / extra), PAUSE / 2);
}
