/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  moduleNameMapper: {
    "^pulumi-server-side-sync$": "<rootDir>/provider/src/index.ts",
    "^pulumi-server-side-sync/runtime$": "<rootDir>/provider/src/runtime/index.ts",
  },
  globalSetup: "<rootDir>/test/support/globalSetup.ts",
  coverageProvider: "v8",
  maxWorkers: 2,
  // A limit for what hangs, on a machine that is busy with something else; deadlines that matter are asserted.
  testTimeout: 30_000,
  reporters: ["default", "<rootDir>/test/support/countReporter.js"],
};
