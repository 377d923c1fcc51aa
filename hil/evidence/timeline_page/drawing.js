// Draws the lanes, as much of them as is in view.

const canvas = byId("canvas"), plot = byId("plot");
const style = getComputedStyle(document.documentElement);
let colours = {};  // as the page's style has them now; looking one up takes longer than drawing with it
const colour = (name) => (colours[name] ??= style.getPropertyValue(`--${name}`).trim());
const xOf = (rigS) => ((rigS - view.from) / (view.to - view.from)) * plot.clientWidth;
const timeAt = (x) => view.from + (x / plot.clientWidth) * (view.to - view.from);

function draw() {
  colours = {};
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
  const drawers = {spans: drawSpans, wire: drawWire, state: drawState, still: drawState, number: drawNumber};
  for (const lane of lanes) {
    pen.strokeStyle = colour("line");
    line(pen, 0, lane.top + lane.height - 0.5, width, lane.top + lane.height - 0.5);
    drawers[lane.kind](pen, lane, width);
  }
  if (data.failure) drawFailure(pen, width);
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

/** A box with as much of `text` in it as there is room for. */
function box(pen, text, x0, x1, top, boxHeight, width) {
  const from = Math.max(0, x0), to = Math.min(width, x1);
  if (to <= 0 || from >= width) return;
  pen.fillRect(from, top, Math.max(1.5, to - from), boxHeight);
  if (to - from <= 24) return;
  pen.fillStyle = colour("ink");
  pen.fillText(fitted(pen, String(text), to - from - 7), from + 4, top + boxHeight / 2);
}

/** `text`, or as much of it as `room` pixels hold, with a sign that more follows. */
function fitted(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(text.slice(0, middle).trimEnd() + "…").width <= room) low = middle;
    else high = middle - 1;
  }
  return low ? text.slice(0, low).trimEnd() + "…" : "";
}

function drawAxis(pen, width) {
  const wanted = (view.to - view.from) / (width / 110);
  const unit = 10 ** Math.floor(Math.log10(wanted));
  const stepS = [1, 2, 5, 10].map((factor) => factor * unit).find((stepS) => stepS >= wanted);
  pen.strokeStyle = colour("line");
  pen.fillStyle = colour("faint");
  for (let at = Math.ceil(view.from / stepS) * stepS; at < view.to; at += stepS) {
    const wall = wallAt(at);
    line(pen, xOf(at), 4, xOf(at), height);
    pen.fillText(`${Number(at.toFixed(6))} s`, xOf(at) + 3, AXIS_HEIGHT / 4 + 1);
    if (wall !== null) pen.fillText(clockOf(wall).slice(0, 10), xOf(at) + 3, (AXIS_HEIGHT * 3) / 4 - 1);
  }
}

function drawFailure(pen, width) {
  const x = xOf(data.failure.rig_s);
  pen.strokeStyle = colour("trouble");
  pen.lineWidth = 2;
  line(pen, x, 0, x, height);
  pen.lineWidth = 1;
  const left = x > width - 80 ? x - 70 : x + 2;
  pen.fillStyle = colour("paper");
  pen.fillRect(left, 1, 68, AXIS_HEIGHT / 2);
  pen.fillStyle = colour("trouble");
  pen.fillText("failed here", left + 3, AXIS_HEIGHT / 4 + 1);
}

function drawSpans(pen, lane, width) {
  for (const [row, tookS, title, level, isWell] of data.spans) {
    const to = events[row][0];
    if (to < view.from || to - tookS > view.to) continue;
    const top = lane.top + 2 + level * SPAN_HEIGHT;
    pen.fillStyle = colour(!isWell ? "missed" : ["state-0", "state-4", "state-5"][level]);
    box(pen, aboutOf(texts[title])[0], xOf(to - tookS), xOf(to), top, SPAN_HEIGHT - 2, width);
  }
}

function drawWire(pen, lane, width) {
  const middle = lane.top + lane.height / 2;
  pen.fillStyle = colour("missed");
  for (const gap of lane.gaps) {
    box(pen, "gap", xOf(gap.from), gap.to === null ? width : xOf(gap.to), lane.top + 2, lane.height - 5, width);
    pen.fillStyle = colour("missed");
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
    const number = lane.kind === "still" ? 5 : lane.values.indexOf(value) % 6;
    pen.fillStyle = colour(`state-${number}`);
    const text = lane.unit ? `${round(value)} ${lane.unit}` : value;
    box(pen, text, xOf(rigS), next ? xOf(next[0]) : width, lane.top + 2, lane.height - 5, width);
  });
}

function drawNumber(pen, lane, width) {
  const y = (value) =>
    lane.top + lane.height - 6 - ((value - lane.low) / (lane.high - lane.low)) * (lane.height - 12);
  if (lane.low <= 0 && lane.high >= 0) {
    pen.strokeStyle = colour("line");
    line(pen, 0, y(0), width, y(0));
  }
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
  labelSteps(pen, lane, y, width);
}

/** The value of each step that is long enough for it, on the side of the line that has room. */
function labelSteps(pen, lane, y, width) {
  pen.fillStyle = colour("ink");
  lane.points.forEach(([rigS, value], place) => {
    const next = lane.points[place + 1];
    const from = Math.max(0, xOf(rigS)), to = Math.min(width, next ? xOf(next[0]) : width);
    const text = `${round(value)} ${lane.unit}`;
    if (to - from < pen.measureText(text).width + 12) return;
    const isHigh = y(value) < lane.top + lane.height / 2;
    pen.fillText(text, from + 5, y(value) + (isHigh ? 9 : -8));
  });
}
