// More reviews without leaving the page, and the form to write one.  What people wrote is only ever set as text.
import { ask, knownAccount } from "./session.js";

const section = document.querySelector("[data-reviews]");
const list = section.querySelector("[data-reviews-list]");
const more = section.querySelector("[data-reviews-more]");
const form = section.querySelector("[data-review-form]");
const word = section.querySelector("[data-review-word]");
const address = `/api/tours/${section.dataset.reviews}/reviews`;
// As many as the server renders.
const PAGE_LENGTH = 5;

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function item(review) {
  const stars = element("span", { className: "stars", role: "img" }, "★".repeat(review.rating) + "☆".repeat(5 - review.rating));
  stars.setAttribute("aria-label", `${review.rating} of 5 stars`);
  const day = new Date(review.written_at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  return element(
    "li",
    {},
    element("p", {}, element("strong", {}, review.author), " ", stars),
    element("p", { className: "quiet" }, day),
    element("p", { className: "text" }, review.text),
  );
}

more?.addEventListener("click", async (event) => {
  event.preventDefault();
  const question = new URLSearchParams({ cursor: more.dataset.reviewsMore, limit: PAGE_LENGTH });
  const answer = await fetch(`${address}?${question}`).catch(() => null);
  // The link itself still leads to the same reviews.
  if (!answer?.ok) return location.assign(more.href);
  const page = await answer.json();
  list.append(...page.reviews.map(item));
  more.dataset.reviewsMore = page.next_cursor ?? "";
  more.hidden = page.next_cursor === null;
});

const REFUSALS = {
  401: "You are no longer signed in. Sign in again to send this.",
  429: "That was quick. Wait a moment, then send it again.",
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  word.textContent = "Sending…";
  const review = { rating: Number(form.rating.value), text: form.text.value };
  const answer = await ask(address, { method: "POST", body: JSON.stringify(review) }).catch(() => null);
  if (answer?.ok) {
    list.prepend(item(await answer.json()));
    form.reset();
    section.querySelector("[data-reviews-none]")?.remove();
    word.textContent = "Thank you. Your review stands above.";
  } else {
    word.textContent = answer
      ? REFUSALS[answer.status] ?? "The review was not taken. Try again later."
      : "There is no connection. Your text stays here until you send it.";
  }
});

if (knownAccount()) {
  form.hidden = false;
  section.querySelector("[data-review-invitation]").hidden = true;
}
