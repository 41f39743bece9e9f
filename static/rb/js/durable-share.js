// [data-rb-durable-share="population"] says, as one types, which share of the inhabitants the numbers in
// [data-rb-durable] take to a durable solution; it says nothing when that cannot be known (as on the server).
function counted(input) {
  const text = input.value.replace(/\s/g, "");
  return text === "" ? null : /^\d+$/.test(text) ? Number(text) : NaN;
}

for (const place of document.querySelectorAll("[data-rb-durable-share]")) {
  const form = place.closest("form");
  const population = Number(place.dataset.rbDurableShare);
  const show = () => {
    const known = [...form.querySelectorAll("[data-rb-durable]")].map(counted).filter((count) => count !== null);
    const total = known.reduce((sum, count) => sum + count, 0);
    const sure = known.length > 0 && total <= population;
    place.textContent = sure
      ? `Part des habitants orientés vers une solution durable\u00a0: ${Math.round((100 * total) / population)}\u00a0%`
      : "";
  };
  form.addEventListener("input", show);
  show();
}
