import { AppError } from "../errors.ts";

// As long as the name that it takes the place of.
const OWN_NAME = "SLIPWAY_NODE";
const NODES_NAME = "NODE_OPTIONS";
// What comes before the name in V8's snapshot, where scripts read their environment: the length of a string.
const LENGTH_IN_SNAPSHOT = Buffer.from([NODES_NAME.length, 0, 0, 0]);

/**
 * Has a launcher read its Node's options from `SLIPWAY_NODE`. What developers set as `NODE_OPTIONS` is meant for
 * programs of theirs: an option that this Node does not know, or a module that is not there, would end the launcher
 * before its first line. Node takes that variable in a single executable too, and has no switch against it.
 *
 * @param binary of Node; it is changed in place. @throws AppError `internal` for another Node than is known.
 */
export function ownNodeOptions(binary: Buffer): void {
  const name = Buffer.from(`\0${NODES_NAME}\0`, "latin1");
  const found: number[] = [];
  for (let at = binary.indexOf(name); at >= 0; at = binary.indexOf(name, at + 1)) {
    const start = at + 1;
    if (!binary.subarray(start - LENGTH_IN_SNAPSHOT.length, start).equals(LENGTH_IN_SNAPSHOT)) found.push(start);
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new AppError("internal", `this Node has the name ${NODES_NAME} ${found.length} times, not once`, {
      hint: "Slipway was made for another build of Node: tell its developers.",
    });
  }
  binary.write(OWN_NAME, only, "latin1");
}
