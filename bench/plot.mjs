// @ts-check
// Plots as SVG text: bars for the works, lines for what grows. Colours follow the reader's light or dark mode.

const width = 760;
const font = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

const style = `
text { font: 13px ${font}; fill: #24292f; }
.title { font-weight: 600; font-size: 14px; }
.small { font-size: 11px; fill: #57606a; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.whisker { stroke: #24292f; stroke-width: 1.2; }
.ours { fill: #0a66c2; } .limit { fill: #8c959f; } .peer { fill: #c4722b; }
.line { fill: none; stroke-width: 2; }
.c0 { stroke: #8c959f; } .c1 { stroke: #0a66c2; } .c2 { stroke: #c4722b; } .c3 { stroke: #2a8a4a; }
.d0 { fill: #8c959f; } .d1 { fill: #0a66c2; } .d2 { fill: #c4722b; } .d3 { fill: #2a8a4a; }
.back { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .small { fill: #9da7b1; }
.grid { stroke: #30363d; } .whisker { stroke: #e6edf3; } .back { fill: #0d1117; }
.ours, .d1 { fill: #58a6ff; } .limit, .d0 { fill: #8b949e; } .peer, .d2 { fill: #e3a164; } .d3 { fill: #56c271; }
.c0 { stroke: #8b949e; } .c1 { stroke: #58a6ff; } .c2 { stroke: #e3a164; } .c3 { stroke: #56c271; }
}`;

/** @typedef {{ label: string, side: string, value: number, least: number, most: number, text: string }} Bar */

/** Bars from the longest to the shortest; a logarithmic scale where they differ a hundredfold or more. */
export function bars(/** @type {string} */ title, /** @type {Bar[]} */ given) {
  const sorted = given.filter(({ value }) => value > 0).sort((one, other) => other.value - one.value);
  const highest = Math.max(...sorted.map(({ most }) => most));
  const lowest = Math.min(...sorted.map(({ least }) => least));
  const logarithmic = highest / lowest >= 100;
  const left = 250;
  const right = width - 90;
  const from = logarithmic ? 10 ** Math.floor(Math.log10(lowest)) : 0;
  const x = scale(from, highest, left, right, logarithmic);
  const top = 46;
  const step = 24;
  const bottom = top + sorted.length * step;
  const parts = [
    text(12, 22, title, "title"),
    text(right, 22, `${logarithmic ? "logarithmic; " : ""}whisker: least and most`, "small", "end"),
  ];
  for (const tick of ticks(from, highest, logarithmic)) {
    parts.push(
      line(x(tick), top - 4, x(tick), bottom, "grid"),
      text(x(tick), bottom + 15, brief(tick), "small", "middle"),
    );
  }
  for (const [index, bar] of sorted.entries()) {
    const y = top + index * step;
    const middle = y + 9;
    parts.push(
      text(left - 8, y + 13, bar.label, "", "end"),
      `<rect class="${bar.side}" x="${left}" y="${y}" width="${Math.max(1, x(bar.value) - left).toFixed(1)}" height="17" rx="2"/>`,
      line(x(bar.least), middle, x(bar.most), middle, "whisker"),
      text(x(bar.most) + 6, y + 13, bar.text),
    );
  }
  return svg(bottom + 26, title, parts);
}

/** @typedef {{ label: string, points: { x: number, y: number }[] }} Curve */

/** Curves over a logarithmic x; y is logarithmic unless it is told to begin at 0. */
export function curves(
  /** @type {{ title: string, x: string, y: string, fromZero?: boolean }} */ names,
  /** @type {Curve[]} */ given,
) {
  const all = given.flatMap(({ points }) => points);
  const [left, right, top, bottom] = [70, width - 150, 46, 300];
  const logarithmicX = Math.max(...all.map((point) => point.x)) >= 16;
  const fromX = Math.min(...all.map((point) => point.x));
  const mostX = Math.max(...all.map((point) => point.x));
  const mostY = Math.max(...all.map((point) => point.y));
  const leastY = names.fromZero ? 0 : 10 ** Math.floor(Math.log10(Math.min(...all.map((point) => point.y))));
  const x = scale(fromX, mostX, left, right, logarithmicX);
  const y = scale(leastY, mostY, bottom, top, !names.fromZero);
  const parts = [
    text(12, 22, names.title, "title"),
    text(right, bottom + 36, names.x, "small", "end"),
    text(12, top - 6, names.y, "small"),
  ];
  for (const tick of ticks(leastY, mostY, !names.fromZero)) {
    parts.push(line(left, y(tick), right, y(tick), "grid"), text(left - 6, y(tick) + 4, brief(tick), "small", "end"));
  }
  for (const at of new Set(all.map((point) => point.x)))
    parts.push(text(x(at), bottom + 18, brief(at), "small", "middle"));
  /** Labels at the curves' ends keep a line's height between them. */
  const ends = given
    .map((curve) => ({ curve, colour: colourOf(curve.label), at: y(curve.points.at(-1)?.y ?? leastY) }))
    .sort((one, other) => one.at - other.at);
  let last = Number.NEGATIVE_INFINITY;
  for (const { curve, colour, at } of ends) {
    const path = curve.points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`);
    parts.push(`<polyline class="line c${colour}" points="${path.join(" ")}"/>`);
    for (const point of path) {
      const [cx, cy] = point.split(",");
      parts.push(`<circle class="d${colour}" cx="${cx}" cy="${cy}" r="3.2"/>`);
    }
    last = Math.max(at, last + 16);
    parts.push(text(x(curve.points.at(-1)?.x ?? fromX) + 9, last + 4, curve.label, `d${colour}`));
  }
  return svg(bottom + 46, names.title, parts);
}

/** The same contender has the same colour on every plot. */
function colourOf(/** @type {string} */ label) {
  if (label === "limit") return 0;
  if (label === "birpc" || label.endsWith("processes")) return 2;
  return label === "rsocket" ? 3 : 1;
}

function scale(
  /** @type {number} */ from,
  /** @type {number} */ to,
  /** @type {number} */ start,
  /** @type {number} */ end,
  /** @type {boolean} */ logarithmic,
) {
  const place = (/** @type {number} */ value) =>
    logarithmic ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  return (/** @type {number} */ value) => start + Math.max(0, place(value)) * (end - start);
}

function ticks(/** @type {number} */ from, /** @type {number} */ to, /** @type {boolean} */ logarithmic) {
  const found = [];
  if (logarithmic) for (let tick = from; tick <= to; tick *= 10) found.push(tick);
  else {
    const rough = to / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
    for (let count = 0; count * step <= to; count++) found.push(count * step);
  }
  return found;
}

/** A number on an axis; powers of two from 1,024 up as people say them. */
function brief(/** @type {number} */ value) {
  for (const [size, unit] of /** @type {const} */ ([
    [2 ** 20, "Mi"],
    [1024, "Ki"],
  ]))
    if (value >= size && value % size === 0) return `${value / size}${unit}`;
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return String(Number(value.toPrecision(3)));
}

function text(
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {string} */ content,
  name = "",
  anchor = "start",
) {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${name}" text-anchor="${anchor}">${escaped}</text>`;
}

function line(
  /** @type {number} */ x1,
  /** @type {number} */ y1,
  /** @type {number} */ x2,
  /** @type {number} */ y2,
  /** @type {string} */ name,
) {
  return `<line class="${name}" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`;
}

function svg(/** @type {number} */ height, /** @type {string} */ title, /** @type {string[]} */ parts) {
  const label = title.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<style>${style}
</style>
<rect class="back" width="${width}" height="${height}" rx="6"/>
${parts.join("\n")}
</svg>
`;
}
