// Where things are on a map: from degrees to pixels, and how far along a route a point lies.  Pure.

// Return a function ([longitude, latitude]) => [x, y] that fits all points into the frame, in pixels.
// Equirectangular, true at the middle latitude: a walk is far too short for the curve of the earth to show.
export function projection(points, { width, height, margin }) {
  const [west, east] = extent(points.map(([longitude]) => longitude));
  const [south, north] = extent(points.map(([, latitude]) => latitude));
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min(
    (width - 2 * margin) / Math.max((east - west) * squeeze, Number.EPSILON),
    (height - 2 * margin) / Math.max(north - south, Number.EPSILON),
  );
  return ([longitude, latitude]) => [
    width / 2 + (longitude - (west + east) / 2) * squeeze * scale,
    height / 2 - (latitude - (south + north) / 2) * scale,
  ];
}

function extent(values) {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

// Return { xs, ys, lengths, total, stops }: `lengths` is how far each point lies along the line, `stops` how far
// each stop does; stops are passed in their order.
export function route(points, stopPoints) {
  const xs = Float64Array.from(points, ([x]) => x);
  const ys = Float64Array.from(points, ([, y]) => y);
  const lengths = new Float64Array(points.length);
  for (let at = 1; at < points.length; at += 1) {
    lengths[at] = lengths[at - 1] + Math.hypot(xs[at] - xs[at - 1], ys[at] - ys[at - 1]);
  }
  const stops = [];
  let from = 0;
  for (const [x, y] of stopPoints) {
    from = nearest(xs, ys, x, y, from);
    stops.push(lengths[from]);
  }
  return { xs, ys, lengths, total: lengths.at(-1), stops };
}

function nearest(xs, ys, x, y, from) {
  let best = from;
  for (let at = from + 1; at < xs.length; at += 1) {
    if (Math.hypot(xs[at] - x, ys[at] - y) < Math.hypot(xs[best] - x, ys[best] - y)) best = at;
  }
  return best;
}

// Return how many stops lie at or before this length.
export function reached(stops, length) {
  let count = 0;
  while (count < stops.length && stops[count] <= length) count += 1;
  return count;
}
