// What surrounds the map of sites: parts of France, address, « Autour de moi », layers, print.
const box = document.getElementById("carte");
const answer = document.getElementById("carte-reponse");
const tell = (name, detail) => box.dispatchEvent(new CustomEvent(name, { detail }));

function find(place) {
  if (!place) {
    answer.textContent = "Aucun lieu de ce nom.";
    return;
  }
  const [lon, lat] = place.geometry.coordinates;
  answer.textContent = "";
  tell("rb:go", { lat, lon, label: place.properties.label });
}

async function search(text) {
  if (!text.trim()) return;
  try {
    const found = await fetch(`/geo/search?limit=1&q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    find((await found.json()).features?.[0]);
  } catch {
    answer.textContent = "La recherche ne répond pas. Essayez de nouveau.";
  }
}

function around() {
  if (!navigator.geolocation) {
    answer.textContent = "Cet appareil ne donne pas sa position.";
    return;
  }
  answer.textContent = "Recherche de votre position…";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      answer.textContent = "";
      tell("rb:go", { lat: coords.latitude, lon: coords.longitude, label: "Votre position" });
    },
    () => (answer.textContent = "Votre position n’est pas accessible. Autorisez-la, ou cherchez une adresse."),
  );
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.rbBounds) tell("rb:go", { bounds: button.dataset.rbBounds.split(",").map(Number) });
  else if (button && "rbAround" in button.dataset) around();
  else if (button && "rbPrint" in button.dataset) print();
});

const address = document.getElementById("carte-adresse");
address.addEventListener("rb:chosen", ({ detail }) => (detail.feature ? find(detail.feature) : search(address.value)));
address.form.addEventListener("submit", (event) => {
  event.preventDefault();
  search(address.value);
});

document.addEventListener("change", ({ target }) => {
  const layers = target.name === "fond" ? document.querySelectorAll("[name=fond]") : target.name === "calque" ? [target] : [];
  for (const layer of layers) tell("rb:layer", { key: layer.value, shown: layer.checked });
});

const table = document.getElementById("tableau");
let wasOpen = table.open;
addEventListener("beforeprint", () => {
  wasOpen = table.open;
  table.open = true;
});
addEventListener("afterprint", () => (table.open = wasOpen));
