// The library's own types bring a browser's globals into the whole project; resedit.d.ts has those that are used.
export { Data, NtExecutable, NtExecutableResource, Resource } from "resedit";
