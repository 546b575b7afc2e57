/** What has been too much for some reader. */
export const NUMBERS: readonly string[] = [
  "0",
  "-0",
  "-1",
  "1",
  "2147483648",
  "4294967296",
  "9007199254740992",
  "18446744073709551616",
  "99999999999999999999999999",
  "1e308",
  "1e999",
  "-1e999",
  "0.1",
  "9007199254740993",
  "NaN",
];

/** What every object has under these names is what a lookup by name stumbles over. */
export const KEYS: readonly string[] = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "length"];

const PUNCTUATION =
  '" \' \\ / // \\\\ .. ../ ./ : ; , = @ # ? % %00 %2e%2e * < > <x> { } [ ] {} [] "" null true ~ $ ` - _ __';
const BLANKS = [" ", "\t", "\n", "\r", "\r\n", "\r\n\r\n", "\0"];
const LETTERS = "\u00e9 \u0130 \u2028 \u202e \ufeff \ud83d\ude00 C: CON nul.txt";
const ADDRESSES = "sha256: sha512: localhost:5000 [::1] http:// https:// oci: v1. ^ ||";
const HEADERS = ["chunked", "content-length: ", "transfer-encoding: ", "rel=next", "Bearer ", "Basic ", "realm="];
const ARCHIVES = "ustar\0 .wh. .wh..wh..opq path= linkpath= size= GNU.sparse.major=1 bin/app index.json blobs/";

const WORDS: readonly string[] = [
  ...[PUNCTUATION, LETTERS, ADDRESSES, ARCHIVES].flatMap((words) => words.split(" ")),
  ...NUMBERS,
  ...KEYS,
  ...BLANKS,
  ...HEADERS,
];

// Bytes that are no UTF-8, the beginnings of formats, a surrogate by itself.
const RAW: readonly string[] = [
  "ff",
  "fe",
  "c0af",
  "eda080",
  "80000000",
  "ffffffff",
  "7fffffff",
  "ffffffffffffffff",
  "0000000000000080",
  "1f8b0800",
  "28b52ffd",
  "89504e470d0a1a0a",
  "7f454c46",
  "cffaedfe",
];

export const TOKENS: readonly Buffer[] = [
  ...WORDS.map((word) => Buffer.from(word)),
  ...RAW.map((hex) => Buffer.from(hex, "hex")),
];

/** What may be put into itself. */
export const STRUCTURES: readonly (readonly [open: string, close: string])[] = [
  ["[", "]"],
  ['{"a":', "}"],
  ["(", ")"],
  ["[", ""],
  ['{"config":', "}"],
  ["a/", ""],
  ["<", ">"],
];

/** JSON in the place of any value. */
export const VALUES: readonly string[] = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  '"__proto__"',
  '"\\u0000"',
  '"\\ud800"',
  "[null]",
  '{"__proto__":{"x":1}}',
  '{"constructor":1,"toString":2,"length":-1}',
  `"${"a".repeat(300)}"`,
  `["${"b".repeat(20)}"]`,
  ...NUMBERS,
  "1".repeat(400),
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
];
