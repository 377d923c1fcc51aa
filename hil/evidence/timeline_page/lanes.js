"use strict";
// Reads what page.py put into the page, and lays it out in lanes. Times are rig seconds; a row of
// `events` is [rig_s, wall, wire, kind, text, detail?], texts by number; a span is
// [row, took_s, title, level, is well], and ends where its event stands.

const data = JSON.parse(document.getElementById("data").textContent);
const KINDS = {"→": "sent", "←": "heard", "·": "step", "!": "trouble"};
const WIRE_HEIGHT = 30, STATE_HEIGHT = 24, STILL_HEIGHT = 18, NUMBER_HEIGHT = 54, AXIS_HEIGHT = 36;
const SPAN_HEIGHT = 20, SPAN_NAMES = ["test", "fixtures", "steps and waits"];
const ALWAYS_SHOWN = ["mains relay, commanded", "mains relay", "grid mode"];  // though nothing changes
const GAP = "gap: ";  // how a console's trouble begins after which words of it are missing

const byId = (id) => document.getElementById(id);
const events = data.events, texts = data.texts;
const textOf = (row) => texts[events[row][4]];

/** How far the page reaches: from the first thing that was said to the last. */
function reach() {
  const found = (index) => data.states.map((state) => state.points.at(index)[0])
    .concat(events.length ? [events.at(index)[0]] : [], data.failure ? [data.failure.rig_s] : []);
  const from = Math.min(Infinity, ...found(0)), to = Math.max(-Infinity, ...found(-1));
  if (!Number.isFinite(from)) return {from: 0, to: 1};
  const margin = Math.max(to - from, 1) * 0.01;
  return {from: from - margin, to: Math.max(to, from + 1) + margin};
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

/** What a lane is about, and which device: `encharge 122…: radio` → `radio`, `encharge 122…`. */
function aboutOf(name) {
  const [device, about] = name.split(": ");
  return about === undefined ? [name, ""] : [about, device];
}

function stateLane(state) {
  const values = state.points.map((point) => point[1]);
  const isNumber = values.every((value) => typeof value === "number");
  const isStill = values.length === 1 && !ALWAYS_SHOWN.includes(state.name);
  const lane = {name: state.name, unit: state.unit, points: state.points};
  if (isStill) return {...lane, kind: "still", height: STILL_HEIGHT};
  if (!isNumber) {
    return {...lane, kind: "state", height: STATE_HEIGHT, values: [...new Set(values)]};
  }
  const low = Math.min(...values), high = Math.max(...values, low + 1);
  return {...lane, kind: "number", height: NUMBER_HEIGHT, low, high};
}

/** Where the wall clock stood; between two events as at the one before. */
function wallAt(rigS) {
  if (!events.length) return null;
  const place = Math.max(0, firstIn(allRows, rigS + 1e-9) - 1);
  return events[place][1];
}

/** From each gap of a console to the next word of it. */
function gapsOf(rows) {
  const gaps = [];
  for (const row of rows) {
    const [rigS, , , kind] = events[row];
    if (kind === "!" && textOf(row).startsWith(GAP)) {
      if (!gaps.length || gaps.at(-1).to !== null) gaps.push({from: rigS, to: null});
    } else if (kind === "←" && gaps.length && gaps.at(-1).to === null) gaps.at(-1).to = rigS;
  }
  return gaps;
}

/** The test itself, then how the rig was where it changed, then who said what, then what was still. */
function placeOf(lane) {
  if (lane.kind === "spans") return 0;
  if (lane.name === "suite") return 1;
  if (lane.kind === "wire") return 4;
  const about = aboutOf(lane.name)[0];
  const order = [...ALWAYS_SHOWN, "radio", "pairing", "heard", "join window"];
  return (lane.kind === "still" ? 5 : 2) + (1 + order.indexOf(about) || order.length + 1) / 10;
}

function makeLanes() {
  const wires = data.wires.map((wire) => ({name: wire, kind: "wire", height: WIRE_HEIGHT, rows: []}));
  events.forEach((event, row) => wires[event[2]].rows.push(row));
  for (const wire of wires) wire.gaps = gapsOf(wire.rows);
  const lanes = [...wires, ...data.states.map(stateLane)];
  if (data.spans.length) lanes.push({name: "test", kind: "spans", height: SPAN_NAMES.length * SPAN_HEIGHT + 4});
  lanes.sort((a, b) => placeOf(a) - placeOf(b));
  let top = AXIS_HEIGHT;
  for (const lane of lanes) {
    lane.top = top;
    top += lane.height;
  }
  return [lanes, top];
}

/** Of an HTTP exchange the other half: the answer to a question, the question of an answer. */
function otherHalves() {
  const halves = new Map(), open = new Map();
  for (const row of allRows) {
    const [, , wire, kind] = events[row];
    if (!data.wires[wire].endsWith(" http") || kind === "·") continue;
    if (kind === "→") open.set(wire, row);
    else if (open.has(wire)) {
      halves.set(open.get(wire), row);
      halves.set(row, open.get(wire));
      open.delete(wire);
    }
  }
  return halves;
}

const [lanes, height] = makeLanes();
const halves = otherHalves();
const whole = reach();
const round = (value) => Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
const clockOf = (wall) => new Date(wall * 1000).toISOString().slice(11, 23) + " UTC";

function nameLanes() {
  const names = byId("names");
  const axis = document.createElement("div");
  axis.className = "number";
  axis.style.setProperty("--height", `${AXIS_HEIGHT}px`);
  axis.append(small("rig time"), small("wall time, UTC"));
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
    } else if (lane.kind === "spans") {
      name.className = "spans";
      name.replaceChildren(...SPAN_NAMES.map(small));
    } else if (device) {
      name.append(" ", small(device));
    }
    if (lane.kind === "still") name.className = "still";
    names.append(name);
  }
}

function small(text) {
  const said = document.createElement("small");
  said.textContent = text;
  return said;
}
