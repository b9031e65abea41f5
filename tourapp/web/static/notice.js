// The short messages: over the bar at the top of a phone, at the foot of a wider screen.
const place = document.querySelector("[data-notice]");

// Show a message beside those of others; return what takes it away.
export function showNotice(words, button = null) {
  const notice = document.createElement("p");
  notice.append(words);
  if (button) {
    const element = document.createElement("button");
    element.textContent = button.words;
    element.addEventListener("click", button.press);
    notice.append(element);
  }
  place.append(notice);
  place.hidden = false;
  return () => {
    notice.remove();
    place.hidden = !place.childElementCount;
  };
}
