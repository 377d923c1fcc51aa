// Says in words what the lanes show: the list of what is in view, the chosen event, what is under the mouse.

const LISTED = 400;  // rows of the list; a person reads no more, and zooms in instead
const NEAR_PX = 6;
const list = byId("list"), hover = byId("hover");

function listView() {
  const isOnlyMatches = byId("only").checked && byId("search").value.trim() !== "";
  const rows = isOnlyMatches ? matches : allRows, kind = isOnlyMatches ? "matches" : "events";
  const from = firstIn(rows, view.from), until = firstIn(rows, view.to), place = rows.indexOf(chosen);
  let begin = from;
  if (until - from > LISTED && place >= from && place < until) {
    begin = Math.max(from, Math.min(place - LISTED / 2, until - LISTED));
  }
  const end = Math.min(until, begin + LISTED);
  byId("in-view").textContent = events.length === 0
    ? "Nothing was said."
    : `${until - from} of ${rows.length} ${kind} in view` +
      (until - from > LISTED ? `; ${end - begin} listed, zoom in for the rest` : "");
  list.replaceChildren(...rows.slice(begin, end).map(listRow));
}

function listRow(row) {
  const [rigS, , wire, kind] = events[row];
  const item = document.createElement("li");
  item.dataset.row = row;
  if (row === chosen) item.className = "chosen";
  if (matching.has(row)) item.classList.add("matches");
  const time = document.createElement("time");
  time.textContent = rigS.toFixed(2);
  item.append(time, span("wire", data.wires[wire]), span(KINDS[kind], kind), marked(textOf(row)));
  return item;
}

function span(name, text) {
  const said = document.createElement("span");
  said.className = name;
  said.textContent = text;
  return said;
}

/** `text` with what is searched for marked in it. */
function marked(text) {
  const said = document.createElement("span"), wanted = byId("search").value.trim().toLowerCase();
  let done = 0;
  for (let at; wanted && (at = text.toLowerCase().indexOf(wanted, done)) >= 0; done = at + wanted.length) {
    const found = document.createElement("mark");
    found.textContent = text.slice(at, at + wanted.length);
    said.append(text.slice(done, at), found);
  }
  said.append(text.slice(done));
  return said;
}

function choose(row) {
  chosen = row;
  const rigS = events[row][0], other = halves.get(row);
  const shown = other === undefined ? [row] : [row, other].sort((a, b) => a - b);
  byId("detail").replaceChildren(...shown.flatMap(detailOf));
  if (rigS < view.from || rigS > view.to) lookAt(rigS, view.to - view.from);
  showMatches();
  render();
}

function detailOf(row) {
  const [rigS, wall, wire, kind, , detail] = events[row];
  const title = document.createElement("h2"), facts = document.createElement("dl");
  title.textContent = data.wires[wire];
  const told = [["rig time", `${rigS.toFixed(3)} s`], ["wall time", clockOf(wall)], ["what", KINDS[kind]]];
  for (const [name, value] of told) {
    const term = document.createElement("dt"), given = document.createElement("dd");
    term.textContent = name;
    given.textContent = value;
    facts.append(term, given);
  }
  const body = document.createElement("pre");
  body.append(marked(textOf(row) + (detail === undefined ? "" : `\n\n${indented(texts[detail])}`)));
  return [title, facts, body];
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

/** The span under the mouse, the innermost where several are. */
function spanAt(lane, x, y) {
  const level = Math.floor((y - lane.top - 2) / SPAN_HEIGHT), rigS = timeAt(x);
  return data.spans.find(([row, tookS, , on]) =>
    on === level && rigS <= events[row][0] && rigS >= events[row][0] - tookS);
}

function nearest(lane, x) {
  const rows = lane.rows, place = firstIn(rows, timeAt(x));
  const near = [place - 1, place].filter((each) => each >= 0 && each < rows.length)
    .sort((a, b) => Math.abs(xOf(events[rows[a]][0]) - x) - Math.abs(xOf(events[rows[b]][0]) - x));
  return near.length && Math.abs(xOf(events[rows[near[0]]][0]) - x) <= NEAR_PX ? rows[near[0]] : -1;
}

/** The event that a click there means, or -1. */
function eventAt(x, y) {
  const lane = laneAt(y);
  if (lane?.kind === "wire") return nearest(lane, x);
  return lane?.kind === "spans" ? spanAt(lane, x, y)?.[0] ?? -1 : -1;
}

function hoverAt(x, y) {
  const lane = laneAt(y), row = eventAt(x, y), rigS = timeAt(x), wall = wallAt(rigS);
  let said = `${rigS.toFixed(2)} s` + (wall === null ? "" : `  ${clockOf(wall)}`);
  if (row >= 0) {
    said = `${events[row][0].toFixed(2)} s  ${clockOf(events[row][1])}\n${events[row][3]} ${textOf(row).slice(0, 400)}`;
  } else if (lane?.points) {
    const point = lane.points.findLast(([at]) => at <= rigS);
    if (point) said += `\n${lane.name}: ${point[1]} ${lane.unit || ""}, since ${point[0].toFixed(2)} s`;
  } else if (lane?.gaps?.some((gap) => gap.from <= rigS && (gap.to === null || rigS < gap.to))) {
    said += "\ngap: what was said here is missing";
  }
  hover.textContent = said;
  hover.hidden = false;
  hover.style.left = `${Math.min(x + 12, Math.max(0, plot.clientWidth - hover.offsetWidth - 4))}px`;
  hover.style.top = `${y + 16}px`;
}
