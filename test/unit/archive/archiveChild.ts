// A process of its own that writes an archive and kills itself before the given step on the disk, or halfway through
// it. Its arguments: file, kind, step, "before" or "halfway".
import { dieAt } from "../store/dieAt.ts";
import { writeArchive } from "./writeArchive.ts";

const [file = "", kind = "", last = "", when = ""] = process.argv.slice(2);
await dieAt(Number(last), when);
await writeArchive(file, kind);
