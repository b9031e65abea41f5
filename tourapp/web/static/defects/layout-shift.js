// The defect "layout-shift": a banner of data-share of the screen's height comes late, and nobody kept its place free.
{
  const share = document.currentScript.dataset.share;
  // Milliseconds after the load: the page has been painted, and people have begun to read.
  const LATE = 600;
  addEventListener("load", () =>
    setTimeout(() => {
      const banner = document.createElement("p");
      banner.textContent = "Autumn offer: every second tour at half the price.";
      banner.style.height = `${share * innerHeight}px`;
      document.querySelector("main").prepend(banner);
    }, LATE),
  );
}
