// The theme: what the system says, until the reader says something else. A page that
// was opened from a file may have no storage; then the choice lasts as long as the page.
(() => {
  "use strict";
  const root = document.documentElement;
  const key = "scrum-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const store = (theme) => {
    try { localStorage.setItem(key, theme); } catch { /* it lasts as long as the page */ }
  };
  const now = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => { button.textContent = now() === "dark" ? "Light theme" : "Dark theme"; };
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      store(root.dataset.theme);
      show();
    });
    dark.addEventListener("change", show);
    button.hidden = false;
    show();
  });
})();
