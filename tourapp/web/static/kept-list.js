// Shows the tours kept on this phone, and removes them.
import { keptTours, removeTour } from "./kept.js";
import { megabytes } from "./words.js";

const list = document.querySelector("[data-kept]");

function row({ tour, title, place, size, complete }) {
  const picture = Object.assign(new Image(88, 66), { src: `/pictures/${tour}.svg`, alt: "" });
  const link = Object.assign(document.createElement("a"), { href: `/tours/${tour}`, textContent: title });
  const facts = Object.assign(document.createElement("p"), {
    className: "quiet",
    textContent: `${place} · ${complete ? megabytes(size) : "not complete, open it to go on"}`,
  });
  const words = document.createElement("div");
  const remove = Object.assign(document.createElement("button"), { className: "plain", textContent: "Remove" });
  remove.setAttribute("aria-label", `Remove ${title} from this phone`);
  remove.addEventListener("click", async () => {
    await removeTour(tour);
    await show();
    document.querySelector("h1").focus();
  });
  words.append(link, facts, remove);
  const item = document.createElement("li");
  item.append(picture, words);
  return item;
}

async function show() {
  const tours = "caches" in window ? await keptTours() : [];
  list.replaceChildren(...tours.map(row));
  document.querySelector("[data-kept-none]").hidden = tours.length > 0;
  const bytes = tours.reduce((sum, tour) => sum + tour.size, 0);
  document.querySelector("[data-kept-room]").textContent = bytes ? `${megabytes(bytes)} in all.` : "";
}

document.querySelector("h1").tabIndex = -1;
show();
