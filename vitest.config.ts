import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary.ts"],
    projects: [
      {
        test: {
          name: "unit",
          // Many start programs, and a machine may be busy.
          testTimeout: 30_000,
          include: ["test/{unit,contract,property,fuzz}/**/*.test.ts"],
        },
      },
      // These start the built programs, which are made once before them; a launcher is 120 MB, so not all at once.
      {
        test: {
          name: "e2e",
          include: [
            "test/e2e/**/*.test.ts",
            "test/crash/**/*.test.ts",
            "test/peers/**/*.test.ts",
            "test/transcripts/**/*.test.ts",
          ],
          globalSetup: ["test/support/build.ts"],
          // Wine reads and writes a lot, and disks are busy at times.
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
