// The one short message at the foot of the screen.
const place = document.querySelector("[data-notice]");

export function showNotice(words, button = null) {
  place.replaceChildren(words);
  if (button) {
    const element = document.createElement("button");
    element.textContent = button.words;
    element.addEventListener("click", button.press);
    place.append(element);
  }
  place.hidden = false;
}

export function hideNotice() {
  place.hidden = true;
}
