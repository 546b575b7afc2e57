/**
 * Content-Disposition that saves a file under its name (RFC 6266): once for everybody in ASCII, and once as it is (RFC
 * 8187). Any text is safe: what would end the value, leave the folder or mean something else becomes `_`.
 */
export function attachment(fileName: string): string {
  const name = fileName.toWellFormed().replace(/[\p{Cc}\p{Cf}/\\]/gu, "_") || "download";
  return `attachment; filename="${toAscii(name)}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/** RFC 6266 appendix D: no percent sign, which some take for an escape. */
function toAscii(name: string): string {
  return name.replace(/[^\x20-\x7e]|["%]/gu, "_");
}

/** RFC 8187 section 3.2.1: what `encodeURIComponent` leaves alone is more than an attr-char. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
