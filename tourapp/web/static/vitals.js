// Reports how the page felt: TTFB, FCP, LCP, CLS and INP, as web.dev defines them, once, when the page is left.

// A session window of layout shifts ends after a second without one, or after five (milliseconds).
const SHIFT_PAUSE = 1_000;
const SHIFT_WINDOW = 5_000;
// INP leaves out one interaction in so many, the longest ones.
const INTERACTIONS_PER_OUTLIER = 50;

export function reportVitals() {
  const vitals = new Map();
  const interactions = new Map();
  const shifts = { sum: 0, first: 0, last: 0 };

  observe("navigation", ([page]) => vitals.set("TTFB", page.responseStart));
  observe("paint", (entries) => {
    const first = entries.find((entry) => entry.name === "first-contentful-paint");
    if (first) vitals.set("FCP", first.startTime);
  });
  observe("largest-contentful-paint", (entries) => vitals.set("LCP", entries.at(-1).startTime));
  observe("layout-shift", (entries) => {
    vitals.set("CLS", vitals.get("CLS") ?? 0);
    for (const entry of entries) if (!entry.hadRecentInput) vitals.set("CLS", Math.max(vitals.get("CLS"), grown(shifts, entry)));
  });
  observe("event", (entries) => {
    for (const { interactionId, duration } of entries) {
      if (interactionId) interactions.set(interactionId, Math.max(duration, interactions.get(interactionId) ?? 0));
    }
  });

  addEventListener("visibilitychange", function send() {
    if (document.visibilityState !== "hidden") return;
    removeEventListener("visibilitychange", send);
    if (interactions.size) vitals.set("INP", interactionDelay([...interactions.values()]));
    if (vitals.has("FCP") && !vitals.has("CLS")) vitals.set("CLS", 0);
    if (!vitals.size) return;
    const report = { page: location.pathname, vitals: Array.from(vitals, ([name, value]) => ({ name, value })) };
    navigator.sendBeacon("/api/beacon", new Blob([JSON.stringify(report)], { type: "application/json" }));
  });
}

// Return the sum of the session window that this shift belongs to.
function grown(shifts, { startTime, value }) {
  const continues = startTime - shifts.last < SHIFT_PAUSE && startTime - shifts.first < SHIFT_WINDOW;
  shifts.sum = continues ? shifts.sum + value : value;
  shifts.first = continues ? shifts.first : startTime;
  shifts.last = startTime;
  return shifts.sum;
}

function interactionDelay(durations) {
  durations.sort((one, other) => other - one);
  return durations[Math.floor(durations.length / INTERACTIONS_PER_OUTLIER)];
}

function observe(type, hear) {
  if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
  new PerformanceObserver((list) => hear(list.getEntries())).observe({ type, buffered: true, durationThreshold: 16 });
}
