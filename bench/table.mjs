// @ts-check
// The figures as text, for a terminal.
import { mediansOf } from "./beside/measure.mjs";
import { summary } from "./summary.mjs";
import { notYet } from "./works.mjs";

export function tableOf(/** @type {any} */ results) {
  const lines = [];
  if (results.growth !== undefined) lines.push(...growthLines(results.growth.points));
  if (results.beside !== undefined) lines.push(...besideLines(results.beside.samples));
  if (results.samples !== undefined) {
    for (const { work, rows } of summary(results.samples)) {
      lines.push(
        "",
        `${work.id}: ${work.title} (${work.unit})`,
        ...columns(work.payload === "heavy" ? heavyCells(rows) : cells(rows)),
      );
    }
    for (const { id, title, why } of notYet) lines.push("", `${id}: ${title}: not measured, ${why}`);
  }
  return `${lines.join("\n")}\n\n`;
}

function besideLines(/** @type {import("./beside/measure.mjs").Sample[]} */ samples) {
  const rows = samples.map((sample) => {
    const { rest, beside, rate, ratio: times } = mediansOf(sample);
    return [
      `${sample.contender}, ${sample.caller} caller`,
      `${rest.toFixed(1)} ms`,
      `${beside.toFixed(1)} ms`,
      ratio(times),
      `${Math.round(rate)} MiB/s`,
    ];
  });
  return [
    "",
    "small calls beside 64 MiB",
    ...columns([["contender", "p99 at rest", "p99 beside", "ratio", "64 MiB at"], ...rows]),
  ];
}

function cells(/** @type {any[]} */ rows) {
  const head = ["contender", "median", "least - most", "to limit", "CPU s/M caller", "callee", "MiB caller", "callee"];
  return [
    head,
    ...rows.map((row) =>
      row.rounds === 0
        ? [row.contender.name, `failed: ${row.error}`]
        : [
            row.contender.name,
            short(row.value),
            `${short(row.least)} - ${short(row.most)}`,
            ratio(row.ratio),
            short(row.figure("clientCpu")),
            row.contender.together ? "(one process)" : short(row.figure("serverCpu")),
            mebibytes(row.figure("clientMemory")),
            mebibytes(row.figure("serverMemory")),
          ],
    ),
  ];
}

function heavyCells(/** @type {any[]} */ rows) {
  const head = ["contender", "p99 ms", "least - most", "p50 ms", "alone: p99", "p50", "heavy/s"];
  return [
    head,
    ...rows.map((row) =>
      row.rounds === 0
        ? [row.contender.name, `failed: ${row.error}`]
        : [
            row.contender.name,
            short(row.value),
            `${short(row.least)} - ${short(row.most)}`,
            short(row.figure("p50")),
            short(row.figure("aloneP99")),
            short(row.figure("aloneP50")),
            short(row.figure("heavyPerSecond")),
          ],
    ),
  ];
}

function growthLines(/** @type {any[]} */ points) {
  const head = ["what grows", "contender", "at", "calls/s", "MB/s", "p50 ms", "p99 ms"];
  const failures = points.filter(({ error }) => error !== undefined);
  return [
    ...columns([
      head,
      ...points.map((point) => [
        point.axis,
        point.contender,
        String(point.at),
        point.error === undefined ? short(point.rate) : "failed",
        short(point.megabytes),
        short(point.p50),
        short(point.p99),
      ]),
    ]),
    ...failures.map(({ axis, contender, at, error }) => `${axis} ${at}, ${contender}: failed: ${error}`),
  ];
}

function columns(/** @type {string[][]} */ rows) {
  const widths = [0, 1, 2, 3, 4, 5, 6, 7].map((column) =>
    Math.max(...rows.filter((row) => row.length > 2).map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(row.length > 2 ? (widths[column] ?? 0) : 0),
      )
      .join("  "),
  );
}

/** Three digits that mean something; more would be noise. */
export function short(/** @type {number | undefined} */ number) {
  if (number === undefined || !Number.isFinite(number)) return "-";
  if (number >= 1e6) return `${(number / 1e6).toPrecision(3)}M`;
  if (number >= 1e4) return `${(number / 1e3).toFixed(number >= 1e5 ? 0 : 1)}k`;
  if (number >= 100) return number.toFixed(0);
  return number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

export function ratio(/** @type {number} */ number) {
  if (!Number.isFinite(number)) return "-";
  return number >= 0.1 ? number.toFixed(2) : number.toPrecision(2);
}

function mebibytes(/** @type {number} */ bytes) {
  return Number.isFinite(bytes) ? (bytes / 2 ** 20).toFixed(0) : "-";
}
