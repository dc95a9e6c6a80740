// Both ways from bytes to text that the product has, because the codec must do the same with either.
import { portableText, type TextPlatform } from "#internal/codec/utf8.js";
import { nodeText } from "#internal/transport/text.js";

export const platforms: readonly (readonly [string, TextPlatform])[] = [
  ["portable text", portableText],
  ["Node's text", nodeText],
];
