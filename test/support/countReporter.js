const { writeSync } = require("node:fs");

/** Closes a run with one line that any tool can read: `N passed, N failed, N skipped`. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter(
      (suite) => suite.testExecError !== undefined && suite.testExecError !== null,
    );
    const failed = results.numFailedTests + broken.length;
    const skipped = results.numPendingTests + results.numTodoTests;
    // At the exit: jest prints its own summary after all reporters.
    process.once("exit", () => {
      writeSync(1, `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }
};
