// « Autour de moi »: asks for the position when the button is tapped, never before, then opens the address with it.
// Three decimals (about a hundred metres) are enough to list what is near, and say less of where somebody stands.
const DECIMALS = 3;
const WORDS = {
  1: "Votre appareil n’a pas donné sa position : autorisez-la, ou cherchez une commune.",
  2: "Position introuvable pour le moment : cherchez une commune.",
  3: "La position met trop de temps à venir : recommencez, ou cherchez une commune.",
};

for (const box of document.querySelectorAll("[data-rb-around]")) {
  if (!("geolocation" in navigator)) continue;
  const status = box.querySelector("[role=status]");
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => {
    status.textContent = "Recherche de votre position…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const query = new URLSearchParams({ lat: coords.latitude.toFixed(DECIMALS), lon: coords.longitude.toFixed(DECIMALS) });
        window.location.assign(`${box.dataset.rbAround}?${query}`);
      },
      (error) => { status.textContent = WORDS[error.code] ?? WORDS[2]; },
      { timeout: 15000, maximumAge: 60000 },
    );
  });
}
