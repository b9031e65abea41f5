// Draws the map: the ground once, the walk in every frame.

// Line widths in pixels by the kind of street.
const WIDTHS = { main: 7, street: 4.5, path: 2, river: 12 };

// Return an unseen canvas with streets, water and parks, and the way that is still to be walked.
export function paintGround({ width, height, ratio, features, project, way, colours }) {
  const ground = Object.assign(document.createElement("canvas"), { width: width * ratio, height: height * ratio });
  const context = ground.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  for (const { geometry, properties } of features) paintFeature(context, geometry, properties?.kind, project, colours);
  trace(context, way, way.total);
  stroke(context, colours.rest, 5);
  return ground;
}

function paintFeature(context, { type, coordinates }, kind, project, colours) {
  const lines = type === "LineString" ? [coordinates] : coordinates;
  if (!["LineString", "MultiLineString", "Polygon"].includes(type)) return;
  context.beginPath();
  for (const line of lines) line.forEach((point, at) => context[at ? "lineTo" : "moveTo"](...project(point)));
  if (type === "Polygon") {
    context.fillStyle = kind === "park" ? colours.park : colours.water;
    context.fill();
  } else {
    stroke(context, kind === "river" ? colours.water : colours.street, WIDTHS[kind] ?? WIDTHS.street);
  }
}

// Draw one frame.  It makes no objects, so no frame has to wait for their removal.
export function paintWalk(context, { ground, way, walked, count, colours, ratio }) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(ground, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineCap = context.lineJoin = "round";
  const last = trace(context, way, walked);
  stroke(context, colours.way, 5);
  for (let stop = 0; stop < way.stops.length; stop += 1) paintStop(context, way, stop, stop < count, colours);
  paintWalker(context, way, last, walked, colours);
}

// Lay the path from the start to this length; return the index of the last point passed.
function trace(context, { xs, ys, lengths }, walked) {
  context.beginPath();
  context.moveTo(xs[0], ys[0]);
  let at = 0;
  while (at + 1 < xs.length && lengths[at + 1] <= walked) {
    at += 1;
    context.lineTo(xs[at], ys[at]);
  }
  if (at + 1 < xs.length) {
    const share = (walked - lengths[at]) / (lengths[at + 1] - lengths[at]);
    context.lineTo(xs[at] + share * (xs[at + 1] - xs[at]), ys[at] + share * (ys[at + 1] - ys[at]));
  }
  return at;
}

function paintStop(context, way, stop, isReached, colours) {
  context.beginPath();
  context.arc(way.stopXs[stop], way.stopYs[stop], 11, 0, 2 * Math.PI);
  context.fillStyle = isReached ? colours.way : colours.surface;
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = isReached ? colours.surface : colours.way;
  context.stroke();
  context.fillStyle = isReached ? colours.onWay : colours.way;
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(way.labels[stop], way.stopXs[stop], way.stopYs[stop] + 0.5);
}

function paintWalker(context, { xs, ys, lengths }, at, walked, colours) {
  const next = Math.min(at + 1, xs.length - 1);
  const share = next > at ? (walked - lengths[at]) / (lengths[next] - lengths[at]) : 0;
  context.beginPath();
  context.arc(xs[at] + share * (xs[next] - xs[at]), ys[at] + share * (ys[next] - ys[at]), 7, 0, 2 * Math.PI);
  context.fillStyle = colours.walker;
  context.fill();
  context.lineWidth = 3;
  context.strokeStyle = colours.surface;
  context.stroke();
}

function stroke(context, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

// Read the colours of the style sheet, which follow the light or dark scheme.
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: colour("map-ground"), street: colour("map-street"), water: colour("map-water"), park: colour("map-park"),
    way: colour("map-way"), rest: colour("map-rest"), surface: colour("surface"), onWay: colour("on-accent"), walker: colour("gold"),
  };
}
