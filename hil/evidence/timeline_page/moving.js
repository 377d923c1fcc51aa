// Where the view is and what is chosen, and what hands do about it.

let view = {...whole}, chosen = -1, matches = [], matching = new Set();
const lowered = texts.map((text) => text.toLowerCase());
const troubles = allRows.filter((row) => events[row][3] === "!");

function lookAt(rigS, spanS) {
  const span = Math.min(Math.max(spanS, 0.01), whole.to - whole.from);
  const from = Math.min(Math.max(rigS - span / 2, whole.from), whole.to - span);
  view = {from, to: from + span};
}

function zoom(factor, rigS = (view.from + view.to) / 2) {
  const span = Math.min(Math.max((view.to - view.from) * factor, 0.01), whole.to - whole.from);
  const share = (rigS - view.from) / (view.to - view.from);
  lookAt(rigS - share * span + span / 2, span);
  render();
}

function pan(share) {
  const span = view.to - view.from;
  lookAt((view.from + view.to) / 2 + share * span, span);
  render();
}

const FAILURE_AT_LEAST_S = 10, FAILURE_AT_MOST_S = 600;  // what is shown before it

/** The event that says that the test has failed, or the last one before it did. */
function failureRow() {
  const at = data.failure.rig_s, said = troubles.find((row) => events[row][0] === at);
  return said ?? Math.min(firstIn(allRows, at), events.length - 1);
}

/** From where what failed last before the failure began; of what took long its end. */
function failureBegins(at) {
  const missed = data.spans.filter(([row, , , level, isWell]) => !isWell && level > 0 && events[row][0] <= at);
  const tookS = missed.length ? missed.at(-1)[1] : 0;
  return at - Math.min(Math.max(tookS, FAILURE_AT_LEAST_S), FAILURE_AT_MOST_S);
}

function toFailure() {
  const at = data.failure.rig_s, from = failureBegins(at), margin = (at - from) * 0.15;
  lookAt((from + at) / 2, at - from + 2 * margin);
  if (events.length) choose(failureRow());
  else render();
}

function search(words) {
  const wanted = words.trim().toLowerCase();
  const found = new Set();
  if (wanted) lowered.forEach((text, number) => text.includes(wanted) && found.add(number));
  matches = wanted ? allRows.filter((row) => found.has(events[row][4]) || found.has(events[row][5])) : [];
  matching = new Set(matches);
  showMatches();
  render();
}

function showMatches() {
  const place = matches.indexOf(chosen);
  byId("matches").textContent = byId("search").value.trim()
    ? (place >= 0 ? `${place + 1} of ${matches.length}` : `${matches.length} found`) : "";
}

/** Go to the next of `rows`, or the one before; behind the last comes the first. */
function stepThrough(rows, direction) {
  if (!rows.length) return;
  let place = direction > 0 ? rows.findIndex((row) => row > chosen) : rows.findLastIndex((row) => row < chosen);
  if (place < 0) place = direction > 0 ? 0 : rows.length - 1;
  choose(rows[place]);
}

let isDrawing = false;
function render() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
    listView();
    byId("span").textContent = `${view.from.toFixed(1)} … ${view.to.toFixed(1)} s`;
    list.querySelector(".chosen")?.scrollIntoView({block: "nearest"});
  });
}

const lanesFit = () => byId("lanes").scrollHeight <= byId("lanes").clientHeight;

plot.addEventListener("wheel", (event) => {
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    pan((event.deltaX || event.deltaY) / 1000);
  } else if (event.ctrlKey || event.metaKey || lanesFit()) {
    zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.offsetX));
  } else return;  // more lanes than fit: the wheel scrolls them, with Ctrl it zooms
  event.preventDefault();
}, {passive: false});

let grip = null;
plot.addEventListener("pointerdown", (event) => {
  grip = {x: event.offsetX, from: view.from, moved: false};
  plot.setPointerCapture(event.pointerId);
});
plot.addEventListener("pointermove", (event) => {
  if (grip && Math.abs(event.offsetX - grip.x) > 3) grip.moved = true;
  if (grip?.moved) {
    const span = view.to - view.from;
    lookAt(grip.from + span / 2 - ((event.offsetX - grip.x) / plot.clientWidth) * span, span);
    hover.hidden = true;
    render();
  } else hoverAt(event.offsetX, event.offsetY);
});
plot.addEventListener("pointerup", (event) => {
  const row = grip?.moved ? -1 : eventAt(event.offsetX, event.offsetY);
  grip = null;
  if (row >= 0) choose(row);
});
plot.addEventListener("pointerleave", () => { hover.hidden = true; });
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) choose(Number(item.dataset.row));
});
byId("search").addEventListener("input", (event) => search(event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") stepThrough(matches, event.shiftKey ? -1 : 1);
});
byId("only").addEventListener("change", render);
byId("next").addEventListener("click", () => stepThrough(matches, 1));
byId("previous").addEventListener("click", () => stepThrough(matches, -1));
byId("trouble").addEventListener("click", () => stepThrough(troubles, 1));
byId("closer").addEventListener("click", () => zoom(0.5));
byId("farther").addEventListener("click", () => zoom(2));
byId("all").addEventListener("click", () => { view = {...whole}; render(); });
byId("to-failure").addEventListener("click", toFailure);
window.addEventListener("resize", render);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
document.addEventListener("keydown", (event) => {
  if (event.target === byId("search")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const keys = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => byId("all").click(),
    "f": () => data.failure && toFailure(), "/": () => byId("search").focus(),
    "n": () => stepThrough(matches, 1), "N": () => stepThrough(matches, -1),
    "t": () => stepThrough(troubles, 1), "T": () => stepThrough(troubles, -1),
    "ArrowLeft": () => pan(-0.2), "ArrowRight": () => pan(0.2),
    "ArrowDown": () => events.length && choose(Math.min(chosen + 1, events.length - 1)),
    "ArrowUp": () => events.length && choose(Math.max(chosen - 1, 0)),
  };
  if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    keys[event.key]();
  }
});

byId("title").textContent = data.title;
byId("subtitle").textContent = data.subtitle;
byId("trouble").textContent = `! ${troubles.length}`;
byId("trouble").disabled = troubles.length === 0;
nameLanes();
if (data.failure) {
  byId("failure").textContent = data.failure.headline;
  byId("failure").hidden = byId("to-failure").hidden = false;
  toFailure();
}
render();
