// The map of sites. All the sites that the address asks for come at once; they are counted by région, by département
// and by commune according to the zoom, then shown one by one. Other modules speak to it by events on #carte:
// « rb:go » {bounds} or {lat, lon, label} moves it, « rb:locate » {code} shows a site; it tells « rb:site » {url, back}.
const MAX_ZOOM = 19;
const LEVELS = [
  { upTo: 7, table: "regions", next: 8, words: "Chaque repère compte les sites d’une région." },
  { upTo: 11, table: "departements", next: 12, words: "Chaque repère compte les sites d’un département." },
  { upTo: 13, table: "places", next: 14, words: "Chaque repère compte les sites d’une commune." },
  { upTo: MAX_ZOOM, table: null, words: "Chaque repère est un site ; un rond compte ceux qui se touchent." },
];
const answerWords = JSON.parse(document.getElementById("carte-mots").textContent);
const MARK = 44;  // pixels: what a finger can touch
const SPREAD = 150;  // counts in view beyond which they are not pushed apart: it would take longer than it helps
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const wide = matchMedia("(min-width: 64em)");
const number = new Intl.NumberFormat("fr-FR");
const plural = (count, one, many) => `${number.format(count)} ${count > 1 ? many : one}`;

const LabelledIcon = L.DivIcon.extend({
  createIcon(old) {
    const element = L.DivIcon.prototype.createIcon.call(this, old);
    element.setAttribute("aria-label", this.options.label);
    element.title = this.options.label;
    return element;
  },
});

function symbol(name, css, icons) {
  return `<svg class="${css} rb-mark--${name}" aria-hidden="true"><use href="${icons}#${name}"></use></svg>`;
}

function people(sites) {
  const known = sites.filter((site) => site.people !== null);
  const total = known.reduce((sum, site) => sum + site.people, 0);
  const silent = sites.length - known.length;
  const said = known.length ? `, ${plural(total, "personne", "personnes")}` : "";
  return said + (silent ? `, ${plural(silent, "site sans chiffre", "sites sans chiffre")}` : "");
}

// Rows of the columns of the data, each site with its place and its position on the map (null when nothing is known).
function readSites({ sites, places, departements, regions }) {
  const rows = (columns) => columns.code.map((_, row) => Object.fromEntries(Object.keys(columns).map((name) => [name, columns[name][row]])));
  const tables = { places: rows(places), departements: rows(departements), regions: rows(regions) };
  const all = rows(sites);
  for (const site of all) {
    site.places = site.place;
    ({ departement: site.departements, region: site.regions } = tables.places[site.place]);
    const around = [site, tables.places[site.places], tables.departements[site.departements]];
    const known = around.find((place) => place && place.lat !== null);
    site.at = known ? L.latLng(known.lat, known.lon) : null;
  }
  return { all, tables };
}

class SiteMap {
  constructor(box, data) {
    this.box = box;
    Object.assign(this, readSites(data));
    this.byCode = new Map(this.all.map((site) => [site.code, site]));
    this.groups = {};
    this.shown = new Map();
    this.map = L.map(box, { zoomControl: false, zoomSnap: 0.5, minZoom: 3, maxZoom: MAX_ZOOM, scrollWheelZoom: false, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm });
    this.map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    this.addLayers();
    this.counts = L.layerGroup();
    this.clusters = L.markerClusterGroup({ maxClusterRadius: MARK, showCoverageOnHover: false, animate: false, spiderfyDistanceMultiplier: 1.8, iconCreateFunction: (cluster) => this.countIcon(cluster.getAllChildMarkers().map((marker) => marker.site), "") });
    this.listen();
    this.start();
  }

  addLayers() {
    const layers = JSON.parse(document.getElementById("carte-fonds").textContent);
    this.layers = new Map(layers.map(({ key, url, attribution, is_overlay }) => [key, L.tileLayer(url, { attribution, maxZoom: MAX_ZOOM, zIndex: is_overlay ? 2 : 1 })]));
    this.layers.get(layers[0].key).addTo(this.map);
    this.base = layers[0].key;
  }

  listen() {
    this.map.on("moveend", () => this.draw());
    this.map.on("focus", () => this.map.scrollWheelZoom.enable());
    this.map.on("blur", () => this.map.scrollWheelZoom.disable());
    this.box.addEventListener("keydown", (event) => {
      const mark = event.target.closest(".leaflet-marker-icon");
      if (!mark || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      this.byKeyboard = true;
      mark.click();
    });
    this.box.addEventListener("rb:go", ({ detail }) => this.go(detail));
    this.box.addEventListener("rb:locate", ({ detail }) => this.locate(detail));
    this.box.addEventListener("rb:layer", ({ detail }) => this.showLayer(detail));
    for (const name of ["beforeprint", "afterprint"]) addEventListener(name, () => this.map.invalidateSize({ animate: false }));
  }

  // Where the address says (after a return), else the sites of Hexagone, else all of them, else Hexagone.
  start() {
    const [zoom, lat, lon] = location.hash.slice(1).split("/").map(Number);
    const [west, south, east, north] = document.querySelector("[data-rb-bounds]").dataset.rbBounds.split(",").map(Number);
    const hexagone = L.latLngBounds([south, west], [north, east]);
    const placed = this.all.filter((site) => site.at).map((site) => site.at);
    const near = placed.filter((at) => hexagone.contains(at));
    if (Number.isFinite(lon)) this.map.setView([lat, lon], zoom, { animate: false });
    else if (placed.length) this.map.fitBounds(L.latLngBounds(near.length ? near : placed), { padding: [MARK / 2, MARK / 2], maxZoom: 15, animate: false });
    else this.map.fitBounds(hexagone, { animate: false });
  }

  go({ bounds, lat, lon, label }) {
    if (bounds) {
      const [west, south, east, north] = bounds;
      this.map.fitBounds([[south, west], [north, east]]);
      return;
    }
    this.here?.remove();
    this.here = L.circleMarker([lat, lon], { radius: 11, weight: 4, color: "#a8201a", fillOpacity: 0.15, interactive: false }).addTo(this.map);
    this.map.setView([lat, lon], 15);
    this.box.focus({ preventScroll: true });
    this.box.scrollIntoView({ block: "nearest" });
    this.say(`${label} est au centre de la carte.`);
  }

  showLayer({ key, shown }) {
    const layer = this.layers.get(key);
    if (!layer) return;
    shown ? layer.addTo(this.map) : layer.remove();
  }

  // A site that a row of the table names: in sight, then its quick view; going back leads to the row.
  locate({ code, from }) {
    const site = this.byCode.get(code);
    if (!site?.at) return this.say("La position de ce site est inconnue.");
    this.map.setView(site.at, Math.max(this.map.getZoom(), 16), { animate: false });
    this.open(site, from);
  }

  open(site, from = null) {
    const departement = this.tables.departements[site.departements]?.code ?? "0";
    const back = () => (from ?? this.shown.get(site.code)?.getElement() ?? this.box).focus();
    this.box.dispatchEvent(new CustomEvent("rb:site", { detail: { url: `/sites/${departement}/${site.code}/apercu/`, back } }));
    this.highlight(site.code, true);
    this.clearOfPanel(site.at);
  }

  // The panel covers the right of the map, or its bottom on a phone: the site must stay in sight beside it.
  clearOfPanel(at) {
    const { x: width, y: height } = this.map.getSize();
    const point = this.map.latLngToContainerPoint(at);
    const [right, bottom] = wide.matches ? [width - 400, height] : [width, height * 0.3];
    if (point.x > right) this.map.panBy([point.x - right / 2, 0], { animate: false });
    else if (point.y > bottom) this.map.panBy([0, point.y - bottom / 2], { animate: false });
  }

  highlight(code, isOn) {
    for (const row of document.querySelectorAll("[data-rb-row]")) row.classList.toggle("rb-map-row--on", isOn && row.dataset.rbRow === code);
  }

  // A single count says nothing of where sites are: a level that would show one leaves its place to the next.
  get level() {
    const usual = LEVELS.findIndex(({ upTo }) => this.map.getZoom() <= upTo);
    return LEVELS.slice(usual).find(({ table }) => !table || this.territories(table).length > 1);
  }

  // What the level counts: each territory with its sites and its centre; overseas, the smallest one that is known.
  territories(table) {
    this.groups[table] ??= [...this.grouped(table)].map(([key, sites]) => {
      const [home, row] = key.split("-");
      const territory = this.tables[home][row];
      const placed = sites.filter((site) => site.at);
      const centre = territory.lat === null ? placed[0]?.at : L.latLng(territory.lat, territory.lon);
      return { key, name: territory.name, sites, centre, bounds: L.latLngBounds(placed.map((site) => site.at)) };
    }).filter(({ centre }) => centre).sort((a, b) => b.centre.lat - a.centre.lat);
    return this.groups[table];
  }

  grouped(table) {
    const groups = new Map();
    for (const site of this.all) {
      const key = this.keyOf(site, table);
      groups.has(key) ? groups.get(key).push(site) : groups.set(key, [site]);
    }
    return groups;
  }

  keyOf(site, table) {
    const tables = ["regions", "departements", "places"];
    const home = tables.slice(tables.indexOf(table)).find((name) => site[name] !== null && site[name] !== undefined);
    return `${home}-${site[home]}`;
  }

  // Pixels where counts stand: their centres, pushed apart so that none hides another (around Paris or Toulouse).
  spread(territories) {
    const zoom = this.map.getZoom();
    const points = territories.map(({ centre }) => this.map.project(centre, zoom));
    for (let turn = 0; turn < 40; turn++) {
      for (let i = 0; i < points.length; i++) {
        for (let j = i + 1; j < points.length; j++) {
          const apart = points[j].subtract(points[i]);
          const gap = Math.hypot(apart.x, apart.y);
          if (gap >= MARK + 2) continue;
          const push = (gap ? apart.divideBy(gap) : L.point(1, 0)).multiplyBy((MARK + 2 - gap) / 2);
          points[i] = points[i].subtract(push);
          points[j] = points[j].add(push);
        }
      }
    }
    return points.map((point) => this.map.unproject(point, zoom));
  }

  draw() {
    const { table, words } = this.level;
    if (this.drawn !== table) this.clear(table);
    const view = this.map.getBounds().pad(0.25);
    table ? this.drawCounts(table, view) : this.drawSites(view);
    this.say(words + this.lost());
    const { lat, lng } = this.map.getCenter();
    history.replaceState(history.state, "", `#${this.map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
    if (this.byKeyboard) this.keepFocus();
  }

  clear(table) {
    this.shown.clear();
    this.counts.clearLayers();
    this.clusters.clearLayers();
    this.map.removeLayer(table ? this.clusters : this.counts).addLayer(table ? this.counts : this.clusters);
    this.drawn = table;
  }

  drawCounts(table, view) {
    const territories = this.territories(table);
    const near = territories.filter(({ centre }) => view.contains(centre));
    const spread = near.length > SPREAD ? near.map(({ centre }) => centre) : this.spread(near);
    const places = new Map(near.map(({ key }, rank) => [key, spread[rank]]));
    territories.forEach((territory) => {
      const known = this.shown.get(territory.key);
      const place = places.get(territory.key);
      if (!place) {
        if (known) this.counts.removeLayer(known);
        this.shown.delete(territory.key);
      } else if (known) known.setLatLng(place);
      else this.shown.set(territory.key, this.countMarker(territory, place).addTo(this.counts));
    });
  }

  drawSites(view) {
    const found = this.all.filter((site) => site.at && !this.shown.has(site.code) && view.contains(site.at));
    const markers = found.map((site) => this.siteMarker(site));
    markers.forEach((marker) => this.shown.set(marker.site.code, marker));
    this.clusters.addLayers(markers);
  }

  countIcon(sites, name) {
    const size = MARK + (sites.length > 99 ? 8 : 0);
    const label = `${name ? `${name} : ` : ""}${plural(sites.length, "site", "sites")}${people(sites)}`;
    return new LabelledIcon({ label, className: `rb-count-mark${name ? "" : " rb-count-mark--near"}`, html: number.format(sites.length), iconSize: [size, size] });
  }

  countMarker(territory, at) {
    const marker = L.marker(at, { icon: this.countIcon(territory.sites, territory.name), riseOnHover: true });
    return marker.on("click", () => this.enter(territory));
  }

  // Closer to a territory: to all of its sites, and at least to the level below.
  enter({ bounds, centre }) {
    const { next } = this.level;
    const zoom = bounds.isValid() ? Math.min(this.map.getBoundsZoom(bounds.pad(0.1)), 16) : next;
    this.map.setView(bounds.isValid() ? bounds.getCenter() : centre, Math.max(zoom, next));
  }

  siteMarker(site) {
    const place = this.tables.places[site.places].name;
    const who = site.people === null ? "nombre de personnes inconnu" : plural(site.people, "personne", "personnes");
    const label = `${site.name}, ${place}, ${answerWords.type[site.type]}, ${who}, eau : ${answerWords.water[site.water]}${site.closed ? ", site fermé" : ""}${site.approximate ? ", position approximative" : ""}`;
    const icons = this.box.dataset.rbIcons;
    const html = symbol(site.type, "rb-mark", icons) + symbol(`water-${site.water}`, "rb-mark rb-mark--water", icons);
    const icon = new LabelledIcon({ label, className: `rb-site-mark${site.approximate ? " rb-site-mark--approximate" : ""}${site.closed ? " rb-site-mark--closed" : ""}`, html, iconSize: [MARK, MARK] });
    const marker = L.marker(site.at, { icon, riseOnHover: true });
    marker.site = site;
    marker.on("click", () => this.open(site));
    return marker.on("mouseover", () => this.highlight(site.code, true)).on("mouseout", () => this.highlight(site.code, false));
  }

  // A mark that was pressed is gone after a zoom: the keyboard goes on from the one in the middle.
  keepFocus() {
    this.byKeyboard = false;
    if (document.activeElement !== document.body) return;
    const middle = this.map.latLngToLayerPoint(this.map.getCenter());
    const far = (mark) => middle.distanceTo(L.DomUtil.getPosition(mark));
    const marks = [...this.box.querySelectorAll(".leaflet-marker-icon")].sort((a, b) => far(a) - far(b));
    (marks[0] ?? this.box).focus({ preventScroll: true });
  }

  lost() {
    const count = this.all.filter((site) => !site.at).length;
    return count ? ` ${plural(count, "site n’a", "sites n’ont")} pas de position connue : voyez le tableau.` : "";
  }

  say(words) {
    document.getElementById("carte-etat").textContent = words;
  }
}

function reveal() {
  for (const part of document.querySelectorAll("[data-rb-tools]")) part.hidden = false;
}

async function start(box) {
  if (wide.matches) document.getElementById("tableau").open = true;
  reveal();
  const state = document.getElementById("carte-etat");
  state.textContent = "La carte arrive…";
  try {
    const answer = await fetch(box.dataset.rbData, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    new SiteMap(box, await answer.json());
  } catch {
    state.textContent = "La carte ne répond pas. Le tableau montre les mêmes sites ; rechargez la page pour essayer de nouveau.";
    return;
  }
  for (const link of document.querySelectorAll(".rb-map-table .rb-pagination a")) {
    link.addEventListener("click", () => (link.hash = location.hash));  // the map stays where it is
  }
  for (const button of document.querySelectorAll("[data-rb-locate]")) {
    button.hidden = false;
    button.addEventListener("click", () => box.dispatchEvent(new CustomEvent("rb:locate", { detail: { code: button.dataset.rbLocate, from: button } })));
  }
}

start(document.getElementById("carte"));
