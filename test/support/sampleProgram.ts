import { signAdHoc } from "../../src/packaging/mac/machoSignature.ts";
import { sampleElf } from "./sampleElf.ts";
import { sampleMachO } from "./sampleMachO.ts";
import { samplePe } from "./samplePe.ts";

/** The platforms that launchers are made for, each with a small program in its system's own format. */
export const SAMPLE_PROGRAMS: Readonly<Record<string, () => Buffer>> = {
  "linux/amd64": () => sampleElf(),
  "linux/arm64": () => {
    const elf = sampleElf();
    elf.writeUInt16LE(183, 18);
    return elf;
  },
  "darwin/arm64": () => signAdHoc(sampleMachO(), { identifier: "app" }),
  "darwin/amd64": () => signAdHoc(sampleMachO({ architecture: "x86_64" }), { identifier: "app" }),
  "windows/amd64": () => samplePe(),
};
