"use strict";
// Draws what page.py put into the page. Times are rig seconds; a row of `events` is
// [rig_s, wall, wire, kind, text, detail?], texts by number.

const data = JSON.parse(document.getElementById("data").textContent);
const KINDS = {"→": "sent", "←": "heard", "·": "step", "!": "trouble"};
const WIRE_HEIGHT = 30, STATE_HEIGHT = 26, NUMBER_HEIGHT = 54, AXIS_HEIGHT = 22;
const LISTED = 400;  // rows of the list; a person reads no more, and zooms in instead
const NEAR_PX = 6;

const byId = (id) => document.getElementById(id);
const canvas = byId("canvas"), plot = byId("plot"), list = byId("list"), hover = byId("hover");
const events = data.events, texts = data.texts;
const lowered = texts.map((text) => text.toLowerCase());

const first = Math.min(...ends(0)), last = Math.max(...ends(-1));
const whole = {from: first, to: Math.max(last, first + 1)};
whole.from -= (whole.to - whole.from) * 0.01;
whole.to += (whole.to - whole.from) * 0.01;
let view = {...whole}, chosen = -1, matches = [], matching = new Set();

function ends(index) {
  const found = data.states.map((state) => state.points.at(index)[0]);
  if (events.length) found.push(events.at(index)[0]);
  if (data.failure) found.push(data.failure.rig_s);
  return found.length ? found : [0];
}

// Lanes.

function makeLanes() {
  const lanes = data.wires.map((wire, number) => ({
    name: wire, kind: "wire", height: WIRE_HEIGHT, rows: [], waits: [], number,
  }));
  events.forEach((event, row) => lanes[event[2]].rows.push(row));
  for (const [row, tookS] of data.waits) lanes[events[row][2]].waits.push([row, tookS]);
  for (const state of data.states) {
    const isNumber = state.points.every((point) => typeof point[1] === "number");
    lanes.push({
      name: state.name, unit: state.unit, points: state.points,
      kind: isNumber ? "number" : "state", height: isNumber ? NUMBER_HEIGHT : STATE_HEIGHT,
    });
  }
  // The suite, then how the rig was, then who said what.
  lanes.sort((a, b) => placeOf(a) - placeOf(b));
  let top = AXIS_HEIGHT;
  for (const lane of lanes) {
    lane.top = top;
    top += lane.height;
    if (lane.kind === "number") {
      const values = lane.points.map((point) => point[1]);
      lane.low = Math.min(...values, 0);
      lane.high = Math.max(...values, lane.low + 1);
    } else if (lane.kind === "state") {
      lane.values = [...new Set(lane.points.map((point) => point[1]))];
    }
  }
  return [lanes, top];
}

function placeOf(lane) {
  if (lane.name === "suite") return 0;
  if (lane.kind === "wire") return 3;
  const about = aboutOf(lane.name)[0];
  if (about.startsWith("mains relay") || about === "grid mode") return 1;
  const order = ["radio", "pairing", "heard", "join window"];
  return 2 + (1 + order.indexOf(about) || order.length + 1) / 10;
}

/** What a lane is about, and which device: `encharge 122…: radio` → `radio`, `encharge 122…`. */
function aboutOf(name) {
  const [device, about] = name.split(": ");
  return about === undefined ? [name, ""] : [about, device];
}

const [lanes, height] = makeLanes();

function nameLanes() {
  const names = byId("names");
  const axis = document.createElement("div");
  axis.style.setProperty("--height", `${AXIS_HEIGHT}px`);
  names.append(axis);
  for (const lane of lanes) {
    const name = document.createElement("div");
    const [about, device] = aboutOf(lane.name);
    name.textContent = about;
    name.title = lane.name;
    name.dataset.lane = lane.name;
    name.style.setProperty("--height", `${lane.height}px`);
    if (lane.kind === "number") {
      name.className = "number";
      name.append(small(device), small(`${round(lane.low)} … ${round(lane.high)} ${lane.unit}`));
    } else if (device) {
      name.append(" ", small(device));
    }
    names.append(name);
  }
}

function small(text) {
  const said = document.createElement("small");
  said.textContent = text;
  return said;
}

// Drawing.

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(`--${name}`).trim();
const xOf = (rigS) => ((rigS - view.from) / (view.to - view.from)) * plot.clientWidth;
const timeAt = (x) => view.from + (x / plot.clientWidth) * (view.to - view.from);
const round = (value) => Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;

function draw() {
  const width = plot.clientWidth, ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
  pen.textBaseline = "middle";
  drawAxis(pen, width);
  for (const lane of lanes) {
    pen.strokeStyle = colour("line");
    line(pen, 0, lane.top + lane.height - 0.5, width, lane.top + lane.height - 0.5);
    if (lane.kind === "wire") drawWire(pen, lane);
    else if (lane.kind === "state") drawState(pen, lane, width);
    else drawNumber(pen, lane, width);
  }
  if (data.failure) {
    const x = xOf(data.failure.rig_s);
    pen.strokeStyle = pen.fillStyle = colour("trouble");
    pen.lineWidth = 2;
    line(pen, x, 0, x, height);
    pen.lineWidth = 1;
    const left = x > width - 80 ? x - 70 : x + 2;
    pen.fillStyle = colour("paper");
    pen.fillRect(left, 1, 68, AXIS_HEIGHT - 4);
    pen.fillStyle = colour("trouble");
    pen.fillText("failed here", left + 3, AXIS_HEIGHT / 2);
  }
  if (chosen >= 0) {
    pen.strokeStyle = colour("ink");
    pen.setLineDash([3, 3]);
    line(pen, xOf(events[chosen][0]), AXIS_HEIGHT, xOf(events[chosen][0]), height);
    pen.setLineDash([]);
  }
}

function line(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

function drawAxis(pen, width) {
  const wanted = (view.to - view.from) / (width / 110);
  const unit = 10 ** Math.floor(Math.log10(wanted));
  const stepS = [1, 2, 5, 10].map((factor) => factor * unit).find((stepS) => stepS >= wanted);
  pen.strokeStyle = colour("line");
  pen.fillStyle = colour("faint");
  for (let at = Math.ceil(view.from / stepS) * stepS; at < view.to; at += stepS) {
    line(pen, xOf(at), AXIS_HEIGHT - 4, xOf(at), height);
    pen.fillText(`${Number(at.toFixed(6))} s`, xOf(at) + 3, AXIS_HEIGHT / 2);
  }
}

function drawWire(pen, lane) {
  const middle = lane.top + lane.height / 2;
  pen.fillStyle = colour("band");
  for (const [row, tookS] of lane.waits) {
    const x = xOf(events[row][0] - tookS);
    pen.fillRect(x, lane.top + 3, Math.max(1, xOf(events[row][0]) - x), lane.height - 7);
  }
  // Many events of a kind on one pixel are one stroke: all of them is too much to draw, and to see.
  const drawn = {};
  for (let place = firstIn(lane.rows, view.from); place < lane.rows.length; place++) {
    const row = lane.rows[place], event = events[row];
    if (event[0] > view.to) break;
    const x = Math.round(xOf(event[0])), isMatch = matching.has(row);
    const mark = isMatch ? "match" : KINDS[event[3]];
    if (drawn[mark] === x) continue;
    drawn[mark] = x;
    pen.fillStyle = colour(mark);
    if (isMatch) pen.fillRect(x - 1.5, lane.top + 1, 3, lane.height - 3);
    else if (mark === "trouble") {
      pen.fillRect(x - 1, lane.top + 2, 2, lane.height - 5);
      pen.beginPath();
      pen.arc(x, lane.top + 5, 3.5, 0, 7);
      pen.fill();
    } else if (mark === "sent") pen.fillRect(x, lane.top + 3, 1.5, middle - lane.top - 3);
    else if (mark === "heard") pen.fillRect(x, middle, 1.5, lane.height / 2 - 4);
    else pen.fillRect(x, middle - 5, 1.5, 10);
  }
}

function drawState(pen, lane, width) {
  lane.points.forEach(([rigS, value], place) => {
    const next = lane.points[place + 1];
    const from = Math.max(0, xOf(rigS)), to = Math.min(width, next ? xOf(next[0]) : width);
    if (to <= 0 || from >= width) return;
    pen.fillStyle = colour(`state-${lane.values.indexOf(value) % 6}`);
    pen.fillRect(from, lane.top + 2, Math.max(1.5, to - from), lane.height - 5);
    if (to - from > 24) {
      pen.save();
      pen.beginPath();
      pen.rect(from, lane.top, to - from - 3, lane.height);
      pen.clip();
      pen.fillStyle = colour("ink");
      pen.fillText(value, from + 4, lane.top + lane.height / 2);
      pen.restore();
    }
  });
}

function drawNumber(pen, lane, width) {
  const y = (value) =>
    lane.top + lane.height - 6 - ((value - lane.low) / (lane.high - lane.low)) * (lane.height - 12);
  pen.strokeStyle = colour("line");
  line(pen, 0, y(0), width, y(0));
  pen.strokeStyle = colour("sent");
  pen.lineWidth = 1.5;
  pen.beginPath();
  lane.points.forEach(([rigS, value], place) => {
    if (place === 0) pen.moveTo(xOf(rigS), y(value));
    else {
      pen.lineTo(xOf(rigS), y(lane.points[place - 1][1]));
      pen.lineTo(xOf(rigS), y(value));
    }
  });
  pen.lineTo(width, y(lane.points.at(-1)[1]));
  pen.stroke();
  pen.lineWidth = 1;
}

/** The first place in `rows` whose event is not before `rigS`. */
function firstIn(rows, rigS) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[rows[middle]][0] < rigS) low = middle + 1;
    else high = middle;
  }
  return low;
}

const allRows = events.map((_, row) => row);

// Words: list, detail, hover.

const clockOf = (wall) => new Date(wall * 1000).toISOString().slice(11, 23) + " UTC";

function listView() {
  const from = firstIn(allRows, view.from), until = firstIn(allRows, view.to);
  let begin = from;
  if (until - from > LISTED && chosen >= from && chosen < until) {
    begin = Math.max(from, Math.min(chosen - LISTED / 2, until - LISTED));
  }
  const end = Math.min(until, begin + LISTED);
  byId("in-view").textContent = events.length === 0
    ? "Nothing was said."
    : `${until - from} of ${events.length} events in view` +
      (until - from > LISTED ? `; ${end - begin} listed, zoom in for the rest` : "");
  list.replaceChildren(...allRows.slice(begin, end).map(listRow));
}

function listRow(row) {
  const [rigS, , wire, kind, text] = events[row];
  const item = document.createElement("li");
  item.dataset.row = row;
  item.tabIndex = -1;
  if (row === chosen) item.classList.add("chosen");
  if (matching.has(row)) item.classList.add("matches");
  const time = document.createElement("time"), who = document.createElement("span");
  const mark = document.createElement("span"), said = document.createElement("span");
  time.textContent = rigS.toFixed(2);
  who.className = "wire";
  who.textContent = data.wires[wire];
  mark.className = KINDS[kind];
  mark.textContent = kind;
  said.textContent = texts[text];
  item.append(time, who, mark, said);
  return item;
}

function choose(row, {scroll = true} = {}) {
  chosen = row;
  const [rigS, wall, wire, kind, text, detail] = events[row];
  const title = document.createElement("h2"), facts = document.createElement("dl");
  title.textContent = data.wires[wire];
  const said = {sent: "sent", heard: "heard", step: "step", trouble: "trouble"}[KINDS[kind]];
  for (const [name, value] of [["rig time", `${rigS.toFixed(3)} s`], ["wall time", clockOf(wall)], ["what", said]]) {
    const term = document.createElement("dt"), given = document.createElement("dd");
    term.textContent = name;
    given.textContent = value;
    facts.append(term, given);
  }
  const body = document.createElement("pre");
  body.textContent = texts[text] + (detail === undefined ? "" : `\n\n${indented(texts[detail])}`);
  byId("detail").replaceChildren(title, facts, body);
  if (rigS < view.from || rigS > view.to) lookAt(rigS, view.to - view.from);
  render();
  if (scroll) list.querySelector(".chosen")?.scrollIntoView({block: "nearest"});
}

/** JSON at the end of a detail, laid out; anything else as it is. */
function indented(detail) {
  const begin = detail.search(/^[[{]/m);
  if (begin < 0) return detail;
  try {
    return detail.slice(0, begin) + JSON.stringify(JSON.parse(detail.slice(begin)), null, 2);
  } catch {
    return detail;
  }
}

function laneAt(y) {
  return lanes.find((lane) => y >= lane.top && y < lane.top + lane.height);
}

function nearest(lane, x) {
  const rows = lane.rows, place = firstIn(rows, timeAt(x));
  const near = [place - 1, place].filter((each) => each >= 0 && each < rows.length)
    .sort((a, b) => Math.abs(xOf(events[rows[a]][0]) - x) - Math.abs(xOf(events[rows[b]][0]) - x));
  return near.length && Math.abs(xOf(events[rows[near[0]]][0]) - x) <= NEAR_PX ? rows[near[0]] : -1;
}

function hoverAt(x, y) {
  const lane = laneAt(y);
  let said = `${timeAt(x).toFixed(2)} s`;
  if (lane?.kind === "wire") {
    const row = nearest(lane, x);
    if (row >= 0) said = `${events[row][0].toFixed(2)} s  ${events[row][3]} ${texts[events[row][4]].slice(0, 400)}`;
  } else if (lane) {
    const point = lane.points.findLast(([rigS]) => rigS <= timeAt(x));
    if (point) said += `  ${lane.name}: ${point[1]} ${lane.unit || ""}, since ${point[0].toFixed(2)} s`;
  }
  hover.textContent = said;
  hover.hidden = false;
  hover.style.left = `${Math.min(x + 12, Math.max(0, plot.clientWidth - hover.offsetWidth - 4))}px`;
  hover.style.top = `${y + 16}px`;
}

// Moving.

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

function toFailure() {
  lookAt(data.failure.rig_s, Math.min(60, whole.to - whole.from));
  render();
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

function step(direction) {
  if (!matches.length) return;
  let place = direction > 0 ? matches.findIndex((row) => row > chosen) : matches.findLastIndex((row) => row < chosen);
  if (place < 0) place = direction > 0 ? 0 : matches.length - 1;
  choose(matches[place]);
  showMatches();
}

let drawing = false;
function render() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
    listView();
    byId("span").textContent = `${view.from.toFixed(1)} … ${view.to.toFixed(1)} s`;
    list.querySelector(".chosen")?.scrollIntoView({block: "nearest"});
  });
}

// Hands.

plot.addEventListener("wheel", (event) => {
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    pan((event.deltaX || event.deltaY) / 1000);
  } else if (event.ctrlKey || event.metaKey || lanesFit()) {
    zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.offsetX));
  } else return;  // more lanes than fit: the wheel scrolls them, with Ctrl it zooms
  event.preventDefault();
}, {passive: false});

const lanesFit = () => byId("lanes").scrollHeight <= byId("lanes").clientHeight;

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
  const lane = laneAt(event.offsetY), wasMoved = grip?.moved;
  grip = null;
  if (!wasMoved && lane?.kind === "wire") {
    const row = nearest(lane, event.offsetX);
    if (row >= 0) choose(row);
  }
});
plot.addEventListener("pointerleave", () => { hover.hidden = true; });
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) choose(Number(item.dataset.row), {scroll: false});
});
byId("search").addEventListener("input", (event) => search(event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
});
byId("next").addEventListener("click", () => step(1));
byId("previous").addEventListener("click", () => step(-1));
byId("closer").addEventListener("click", () => zoom(0.5));
byId("farther").addEventListener("click", () => zoom(2));
byId("all").addEventListener("click", () => { view = {...whole}; render(); });
byId("to-failure").addEventListener("click", toFailure);
window.addEventListener("resize", render);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
document.addEventListener("keydown", (event) => {
  if (event.target.tagName === "INPUT") {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const keys = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => byId("all").click(),
    "f": () => data.failure && toFailure(), "/": () => byId("search").focus(),
    "n": () => step(1), "N": () => step(-1),
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
if (data.failure) {
  byId("failure").textContent = data.failure.headline;
  byId("failure").hidden = byId("to-failure").hidden = false;
}
nameLanes();
render();
