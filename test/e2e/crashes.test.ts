import { CrashLab } from "../../tools/crashes/crashLab";
import type { Scenario } from "../../tools/crashes/scenario";
import { mailLabAvailability } from "../servers/mailLab";
import { allOf, describeIfAvailable } from "../support/layers";
import { cliAvailability } from "../support/pulumiProject";

const minutes = 60_000;

/** What `npm run crashes` draws by lot, at the moments that matter most. */
describeIfAvailable("a crash of the real engine", allOf(cliAvailability(), mailLabAvailability()), () => {
  let lab: CrashLab;
  beforeAll(async () => {
    lab = await CrashLab.start();
  }, 2 * minutes);
  afterAll(() => lab.stop(), 1 * minutes);

  const cases: [string, Omit<Scenario, "seed">, object][] = [
    [
      "create: the provider, when its message has been accepted",
      {
        operation: "create",
        victim: "provider",
        moment: { kind: "mail", event: "SMTP message accepted", nth: 1 },
        maxConcurrentTests: 1,
      },
      { leftOver: 1, repair: "by itself" },
    ],
    [
      "update: the CLI, before the second message is removed",
      {
        operation: "retest",
        victim: "cli",
        moment: { kind: "mail", event: "IMAP message to be deleted", nth: 2 },
        maxConcurrentTests: 1,
      },
      { repair: "cancel and refresh" },
    ],
    [
      "delete: the CLI and all that it has started, while the state is written",
      { operation: "destroy", victim: "all", moment: { kind: "state", nth: 9 }, maxConcurrentTests: 4 },
      {},
    ],
  ];
  test.each(cases)(
    "%s",
    async (_what, scenario, expected) => {
      expect(await lab.run({ seed: 0, ...scenario })).toMatchObject({ killed: true, ...expected });
    },
    2 * minutes,
  );
});
