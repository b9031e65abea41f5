// The defect "blocking-script": busy for 400 ms of wall time while the browser may not render.
const end = performance.now() + 400;
while (performance.now() < end);
