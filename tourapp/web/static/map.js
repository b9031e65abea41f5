// The map of a walk: moves along the route, by itself or stop by stop, and tells which stop is reached.
import { projection, reached, route } from "./geometry.js";
import { coloursOf, paintGround, paintWalk } from "./painting.js";

// Milliseconds for the whole walk.
const DURATION = 6_000;
// Pixels between the route and the edge.
const MARGIN = 36;

const article = document.querySelector("[data-map]");
const canvas = article.querySelector("canvas");
const context = canvas.getContext("2d");
const [back, button, on, word] = ["back", "start", "on", "word"].map((part) => article.querySelector(`[data-map-${part}]`));
const rows = [...article.querySelectorAll(".stops > li")];
const names = rows.map((row) => row.textContent.trim());
const places = rows.map((row) => [Number(row.dataset.longitude), Number(row.dataset.latitude)]);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// `share` of the walk that is done, 0 to 1; `moving` since the frame at `last`, in milliseconds.
const walk = { share: 0, count: -1, moving: false, last: 0 };
let scene = null;
let features = [];

function line() {
  const drawn = features.find(({ properties, geometry }) => properties?.kind === "route" && geometry.type === "LineString");
  return drawn ? drawn.geometry.coordinates : places;
}

// Everything that depends on the size and the colours of the canvas.
function setScene() {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const points = line();
  const project = projection([...points, ...places], { width, height, margin: MARGIN });
  const stops = places.map(project);
  const way = {
    ...route(points.map(project), stops),
    stopXs: stops.map(([x]) => x),
    stopYs: stops.map(([, y]) => y),
    labels: stops.map((_, at) => String(at + 1)),
  };
  const colours = coloursOf(article);
  const streets = features.filter(({ properties }) => properties?.kind !== "route");
  const ground = paintGround({ width, height, ratio, features: streets, project, way, colours });
  scene = { ground, way, colours, ratio, walked: 0, count: 0 };
  paint();
}

function paint() {
  scene.walked = walk.share * scene.way.total;
  scene.count = walk.share >= 1 ? rows.length : reached(scene.way.stops, scene.walked);
  paintWalk(context, scene);
  if (scene.count !== walk.count) tell(scene.count);
}

function tell(count) {
  walk.count = count;
  const done = count === rows.length;
  for (const [at, row] of rows.entries()) row.dataset.state = at + 1 < count ? "reached" : at + 1 === count ? "here" : "";
  word.textContent = done ? `You have arrived: ${names.at(-1)}` : `Stop ${count} of ${rows.length}: ${names[count - 1]}`;
  back.disabled = count <= 1;
  on.disabled = done;
}

function frame(now) {
  if (!walk.moving) return;
  // The time of a frame is when it was due, which may be before the tap that began the walk.
  walk.share = Math.min(1, walk.share + Math.max(0, now - walk.last) / DURATION);
  walk.last = now;
  paint();
  if (walk.share < 1) requestAnimationFrame(frame);
  else stand();
}

function stand() {
  walk.moving = false;
  const done = walk.share >= 1;
  word.dataset.state = done ? "done" : "waiting";
  if (calm.matches) button.textContent = "Show the whole walk";
  else if (done) button.textContent = "Walk it again";
  else button.textContent = walk.share > 0 ? "Go on" : "Start the walk";
}

function start() {
  if (walk.share >= 1) walk.share = 0;
  walk.moving = true;
  walk.last = performance.now();
  word.dataset.state = "walking";
  button.textContent = "Pause";
  requestAnimationFrame(frame);
}

function jump(share) {
  walk.share = share;
  paint();
  stand();
}

function step(by) {
  const stop = walk.count - 1 + by;
  if (rows[stop]) jump(stop === rows.length - 1 ? 1 : scene.way.stops[stop] / scene.way.total);
}

async function fetchStreets() {
  const answer = article.dataset.streets && (await fetch(article.dataset.streets).catch(() => null));
  return answer?.ok ? (await answer.json()).features : [];
}

async function open() {
  walk.share = calm.matches ? 1 : 0;
  // The walk can begin before its streets have come.
  setScene();
  stand();
  back.addEventListener("click", () => step(-1));
  on.addEventListener("click", () => step(1));
  button.addEventListener("click", () => {
    if (calm.matches) jump(1);
    else if (walk.moving) stand();
    else start();
  });
  calm.addEventListener("change", () => jump(calm.matches ? 1 : walk.share));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setScene);
  features = await fetchStreets();
  new ResizeObserver(setScene).observe(canvas);
  setScene();
}

open();
