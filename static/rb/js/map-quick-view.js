// The quick view of the map of sites: a panel that takes the focus, and gives it back when it closes (button, Escape).
const panel = document.getElementById("apercu");
const content = document.getElementById("apercu-contenu");
let back = null;
let request = null;

async function open({ url, back: giveBack }) {
  back = giveBack;
  request?.abort();
  request = new AbortController();
  let fragment = "<p>Cet aperçu ne s’ouvre pas. Essayez de nouveau.</p>";
  try {
    const answer = await fetch(url, { signal: request.signal, headers: { "X-Requested-With": "fetch" } });
    if (answer.ok && !answer.redirected) fragment = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  content.innerHTML = fragment;
  panel.hidden = false;
  panel.scrollTop = 0;
  panel.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
}

function close() {
  panel.hidden = true;
  content.replaceChildren();
  back?.();
  back = null;
}

async function copy(button) {
  const position = content.querySelector("[data-rb-position]");
  try {
    await navigator.clipboard.writeText(position.textContent.trim());
    button.textContent = "Position copiée";
  } catch {
    getSelection().selectAllChildren(position);  // no clipboard here: the text is ready to be copied by hand
  }
}

document.getElementById("carte").addEventListener("rb:site", ({ detail }) => open(detail));
panel.querySelector(".rb-map-panel__close").addEventListener("click", close);
panel.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rb-copy]");
  if (button) copy(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) close();
});
