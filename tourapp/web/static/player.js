// The player: one audio element that goes from stop to stop and remembers where the walker is.
import { savedMark, saveMark } from "./progress.js";

const article = document.querySelector("[data-tour]");
const { tour, title, place } = article.dataset;
const audio = article.querySelector("audio");
const rows = [...article.querySelectorAll(".playlist > li")];
const [photo, name, story, word, trouble, back, on] = ["photo", "name", "story", "word", "trouble", "back", "on"].map((part) =>
  article.querySelector(`[data-player-${part}]`),
);
// Milliseconds between two saved positions while a story plays.
const SAVE_PAUSE = 30_000;
const WORDS = {
  account: "Your place is saved.",
  later: "Your place will be sent when there is a connection.",
  phone: "Your place is kept on this phone.",
};

let stop = 0;
// The latest save, done or under way.
let saving = Promise.resolve();

function nameOf(index) {
  return rows[index].querySelector("[data-stop-name]").textContent;
}

function show(index, seconds = 0) {
  // The page opens with the small photo of the first stop, which stays until the walker goes on.
  if (index !== stop) photo.src = rows[index].dataset.photo;
  stop = index;
  const address = rows[index].querySelector("a").getAttribute("href");
  const another = audio.getAttribute("src") !== address;
  if (another) audio.src = address;
  // Also when it is 0: where to begin is remembered until the story is fetched, that of the last one too.
  if (another || seconds) audio.currentTime = seconds;
  photo.alt = `A view at the stop ${nameOf(index)}`;
  name.textContent = `${index + 1}. ${nameOf(index)}`;
  story.textContent = rows[index].dataset.story;
  back.disabled = index === 0;
  on.disabled = index === rows.length - 1;
  for (const [other, row] of rows.entries()) row.dataset.state = other < index ? "reached" : other === index ? "here" : "";
  tellSystem();
}

// What the lock screen and headphones show and control.
function tellSystem() {
  if (!navigator.mediaSession) return;
  navigator.mediaSession.metadata = new MediaMetadata({
    title: nameOf(stop),
    artist: place,
    album: title,
    artwork: [{ src: `/pictures/${tour}.svg`, type: "image/svg+xml" }],
  });
}

async function save() {
  saving = saveMark(tour, stop + 1, audio.currentTime);
  word.textContent = WORDS[await saving];
}

function go(index) {
  if (!rows[index]) return;
  const playing = !audio.paused;
  show(index);
  save();
  if (playing) audio.play();
}

function start() {
  back.addEventListener("click", () => go(stop - 1));
  on.addEventListener("click", () => go(stop + 1));
  for (const [index, row] of rows.entries()) {
    row.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      show(index);
      audio.play();
    });
  }
  audio.addEventListener("pause", save);
  audio.addEventListener("ended", async () => {
    const next = stop + 1;
    if (!rows[next]) return;
    show(next);
    // A story that ends pauses first (HTML, 4.8.11.8), and the save of that has its own word for the same place.
    await saving;
    if (stop === next && audio.paused) word.textContent = `Walk on to ${nameOf(next)}, and play when you are there.`;
  });
  audio.addEventListener("error", () => {
    trouble.textContent = "This story cannot be played. Without a connection, only downloaded tours can.";
    trouble.hidden = false;
  });
  audio.addEventListener("loadedmetadata", () => {
    trouble.hidden = true;
  });
  setInterval(() => audio.paused || save(), SAVE_PAUSE);
  navigator.mediaSession?.setActionHandler("previoustrack", () => go(stop - 1));
  navigator.mediaSession?.setActionHandler("nexttrack", () => go(stop + 1));
  show(0);
  savedMark(tour).then((mark) => {
    // Who has begun to listen is not moved any more.
    if (mark && rows[mark.stop - 1] && audio.paused && !audio.currentTime) show(mark.stop - 1, mark.seconds);
  });
}

if (audio) start();
