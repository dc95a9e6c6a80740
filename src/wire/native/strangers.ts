// The native wire, coming in: what first bytes that are not ours probably are, so that an error can say whose fault it
// is instead of "bad magic".

const known: readonly (readonly [RegExp, string])[] = [
  [
    /^(GET|POST|PUT|HEAD|OPTIONS|DELETE|PATCH|CONNECT|PRI) /,
    "they look like an HTTP request; this port does not speak HTTP",
  ],
  [/^HTTP\//, "they look like an HTTP response; the other side is a web server"],
  [/^SSH-/, "they look like SSH"],
  [/^[\t\n\r -~]*$/, 'they are text; is the other side on the plain wire? Then say wire: "plain" on this one'],
];

/** A clause for people. Looks at the first 16 bytes only and shows them. */
export function guess(bytes: Uint8Array): string {
  const first = bytes.subarray(0, 16);
  const text = String.fromCharCode(...first);
  const tls = first[0] === 0x16 && first[1] === 0x03;
  const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const clause = tls
    ? "they look like TLS; use a tls: URL, or turn TLS off on the other side"
    : (known.find(([pattern]) => pattern.test(text))?.[1] ?? "is the other side something else?");
  return `${hex} (${clause})`;
}
