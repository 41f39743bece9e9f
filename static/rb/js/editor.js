// Wagtail's editor: the same conditional questions as in our own forms.
import "./reveal.js";
