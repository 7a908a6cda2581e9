import type { ReportedTest } from "../../model/failureLines";

/** One direction of Test & Enable. */
export type TestedName = "incomingEmail" | "outgoingEmail" | "appointmentsContactsTasks";

/** Something to be known beside the tests: it is among the results, and fails nothing. */
export interface NoteResult extends ReportedTest {
  status: "Not Run";
  code: string;
  message: string;
  remedy: string;
}
