// Address search of the site editor: asks our own geocoder, moves the marker, fills in the commune.
// A classic script, because the geo widget's own files are; `GeocoderField` is theirs.
(function () {
  function SiteAddressField(options) {
    GeocoderField.call(this, options);
    this.delayTime = 600;
  }

  SiteAddressField.prototype = Object.create(GeocoderField.prototype);
  SiteAddressField.prototype.constructor = SiteAddressField;

  SiteAddressField.prototype.geocodeSearch = async function (query) {
    const field = this.field;
    const response = await fetch("/geo/search?" + new URLSearchParams({ q: query, limit: "1" }));
    const found = response.ok ? (await response.json()).features[0] : undefined;
    if (!found) {
      this.displayWarning("Adresse introuvable : placez le repère sur la carte.", { field });
      return;
    }
    const [lng, lat] = found.geometry.coordinates;
    field.trigger("searchGeocoded", [{ lat, lng }]);
    const commune = document.getElementById("id_commune");
    if (commune && !commune.value) {
      commune.value = `${found.properties.city} (${found.properties.citycode})`;
    }
    const label = document.createElement("span");
    label.textContent = found.properties.label;
    this.displaySuccess(`Repère placé : ${label.innerHTML}`, { field });
  };

  class SiteAddressController extends window.StimulusModule.Controller {
    static values = { options: Object };

    connect() {
      const options = JSON.parse(this.element.dataset.geocoderFieldOptionsValue);
      new SiteAddressField({ ...options, id: this.element.id });
    }
  }

  window.wagtail.app.register("rb-address", SiteAddressController);
})();
