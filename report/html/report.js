// The report of a review: filter, walk, fold, links. The page can be read without it.
"use strict";
const byId = (id) => document.getElementById(id);
const findings = [...document.querySelectorAll(".finding")].map((el) => ({
  el,
  box: el.closest("tr.at") || el,
  severity: el.dataset.severity,
  lineages: el.dataset.lineages.split("|"),
  several: Number(el.dataset.several) >= 2,
  state: el.dataset.state,
  words: null, // its text, when it is asked for
  shown: true,
}));
const rows = new Map([...document.querySelectorAll("tr.to")].map((row) => [row.dataset.for, row]));
const severities = [...document.querySelectorAll('input[name="severity"]')];
const text = byId("text"), lineage = byId("lineage"), state = byId("state"), several = byId("several");
const gentle = { behavior: "instant", block: "start" };
let current = null;

// The filter.

const filter = () => ({
  severities: severities.filter((s) => s.checked).map((s) => s.value),
  lineage: lineage.value, state: state.value, several: several.checked,
  words: text.value.trim().toLowerCase(),
});
const fits = (f, q) => {
  const known = severities.some((s) => s.value === f.severity);
  if (known ? !q.severities.includes(f.severity) : q.severities.length < severities.length) return false;
  if (q.lineage && !f.lineages.includes(q.lineage)) return false;
  if (q.state && f.state !== q.state) return false;
  if (q.several && !f.several) return false;
  if (!q.words) return true;
  f.words ??= f.el.textContent.toLowerCase();
  return f.words.includes(q.words);
};
const apply = () => {
  const q = filter();
  let n = 0;
  for (const f of findings) {
    f.shown = fits(f, q);
    f.box.hidden = !f.shown;
    const row = rows.get(f.el.id);
    if (row) row.hidden = !f.shown;
    if (f.shown) n++;
  }
  byId("count").textContent = `${n} of ${findings.length}`;
  byId("nothing").hidden = n > 0 || findings.length === 0;
  byId("reset").hidden = params().size === 0;
  for (const id of ["previous", "next"]) byId(id).disabled = n === 0;
  const some = findings.some((f) => f.shown && f.several);
  for (const id of ["previous-several", "next-several"]) byId(id).disabled = !some;
};

// The filter in the address: #severity=BLOCK,WARN&lineage=qwen&at=finding-f1. Without a
// filter the address ends with the finding alone.

const params = () => {
  const q = filter(), p = new URLSearchParams();
  if (q.severities.length < severities.length) p.set("severity", q.severities.join(","));
  if (q.lineage) p.set("lineage", q.lineage);
  if (q.state) p.set("state", q.state);
  if (q.several) p.set("lineages", "2");
  if (text.value.trim()) p.set("text", text.value.trim());
  return p;
};
const keep = () => {
  const p = params();
  let hash = "";
  if (p.size > 0) {
    if (current) p.set("at", current.el.id);
    hash = "#" + p;
  } else if (current) {
    hash = "#" + current.el.id;
  }
  try {
    history.replaceState(null, "", hash || location.pathname + location.search);
  } catch { /* too often: the next one will do */ }
};
const restore = () => {
  const hash = location.hash.slice(1);
  if (byId(hash)) return go(findings.find((f) => f.el.id === hash), hash);
  if (!hash.includes("=")) return;
  const p = new URLSearchParams(hash);
  const chosen = p.get("severity");
  for (const s of severities) s.checked = chosen === null || chosen.split(",").includes(s.value);
  lineage.value = p.get("lineage") || "";
  state.value = p.get("state") || "";
  several.checked = p.get("lineages") === "2";
  text.value = p.get("text") || "";
  apply();
  go(findings.find((f) => f.el.id === p.get("at")));
};
const changed = () => { apply(); keep(); };
const reset = () => {
  for (const s of severities) s.checked = true;
  lineage.value = state.value = text.value = "";
  several.checked = false;
  changed();
};

// Walking.

const open = (el) => {
  for (let d = el.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
};
// A file that was not drawn yet gets its height when it comes into view: look again then.
const show = (el) => {
  el.scrollIntoView(gentle);
  requestAnimationFrame(() => requestAnimationFrame(() => el.scrollIntoView(gentle)));
};
const mark = (f) => {
  (current || findings[0]).el.tabIndex = -1;
  current = f;
  f.el.tabIndex = 0;
};
const go = (f, other) => {
  if (!f) {
    if (other) open(byId(other));
    return;
  }
  if (!f.shown) reset();
  open(f.el);
  mark(f);
  f.el.focus({ preventScroll: true });
  show(f.el);
};
const walk = (step, which) => {
  const list = findings.filter((f) => f.shown && which(f));
  if (list.length === 0) return;
  const from = current ? findings.indexOf(current) : -1;
  let next;
  if (step > 0) next = list.find((f) => findings.indexOf(f) > from) || list[0];
  else next = list.findLast((f) => findings.indexOf(f) < from) || list[list.length - 1];
  go(next);
  keep();
};
const any = () => true, convergent = (f) => f.several;
const words = () => {
  const d = current?.el.querySelector("details.words");
  if (d) d.open = !d.open;
};

// Keys.

const keys = {
  j: () => walk(1, any), k: () => walk(-1, any),
  n: () => walk(1, convergent), p: () => walk(-1, convergent),
  f: () => text.focus(), "/": () => text.focus(), o: words,
  "?": () => byId("help").showModal(),
};
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || byId("help").open) return;
  const typing = e.target.closest?.("input[type=search], select");
  if (e.key === "Escape" && typing) {
    e.target.blur();
    if (current?.shown) current.el.focus();
    return;
  }
  if (typing || !Object.hasOwn(keys, e.key)) return;
  e.preventDefault();
  keys[e.key]();
});

// What can be pressed.

byId("filters").addEventListener("submit", (e) => e.preventDefault());
for (const el of [...severities, lineage, state, several]) el.addEventListener("change", changed);
text.addEventListener("input", changed);
for (const [id, act] of Object.entries({
  reset, next: keys.j, previous: keys.k, "next-several": keys.n, "previous-several": keys.p, keys: keys["?"],
  "help-close": () => byId("help").close(),
})) byId(id).addEventListener("click", act);
const files = [...document.querySelectorAll(".file")];
byId("unfold")?.addEventListener("click", () => { for (const f of files) f.open = true; });
byId("fold")?.addEventListener("click", () => { for (const f of files) f.open = false; });
document.addEventListener("click", (e) => {
  const link = e.target.closest('a[href^="#finding-"]');
  const f = link && findings.find((f) => "#" + f.el.id === link.hash);
  if (!f || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  go(f);
  keep();
});
document.addEventListener("focusin", (e) => {
  const el = e.target.closest(".finding");
  if (el && el !== current?.el) mark(findings.find((f) => f.el === el));
});
window.addEventListener("hashchange", restore);

// On paper the reviewers' own words are unfolded.

let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details.words:not([open])")];
  for (const d of unfolded) d.open = true;
});
window.addEventListener("afterprint", () => { for (const d of unfolded) d.open = false; });

byId("filters").hidden = false;
if (byId("folds")) byId("folds").hidden = false;
apply();
if (findings.length > 0) findings[0].el.tabIndex = 0;
restore();
