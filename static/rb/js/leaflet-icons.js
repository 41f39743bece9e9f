// Where Leaflet finds its marker: it guesses from its style sheet, which fails once static files bear a hash.
(function () {
  const script = document.querySelector('script[src*="/leaflet-1.9.4/"]');
  L.Icon.Default.imagePath = new URL("images/", script.src).href;
})();
