// The defect "scroll-task": each frame in which the page scrolls is held up for data-seconds.
{
  const length = 1_000 * document.currentScript.dataset.seconds;
  let due = false;
  addEventListener(
    "scroll",
    () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        const end = performance.now() + length;
        while (performance.now() < end);
      });
    },
    { passive: true },
  );
}
