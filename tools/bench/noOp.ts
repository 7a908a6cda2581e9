/**
 * A dynamic provider that does nothing: its check echoes, its create stores what it was given and what a binding puts
 * beside it. What the engine takes for it, nobody can save.
 */
type Bag = Record<string, unknown>;

const passed = (test: string) => ({ test, status: "Success", milliseconds: 123 });
/** As many octets as a binding's outputs have beside its inputs. */
const outputsOfBinding = {
  mailboxId: null,
  incomingEmailStatus: "Success",
  outgoingEmailStatus: "Success",
  appointmentsContactsTasksStatus: "Not Run",
  enabledForIncomingEmail: true,
  enabledForOutgoingEmail: true,
  enabledForAppointmentsContactsTasks: false,
  emailAddressApproved: null,
  discoveredServerLocation: null,
  results: ["incomingEmail", "outgoingEmail", "roundTrip"].map(passed),
};

export const noOp = {
  check: (_olds: Bag, news: Bag) => Promise.resolve({ inputs: news, failures: [] }),
  diff: () => Promise.resolve({ changes: false }),
  create: (inputs: Bag) => Promise.resolve({ id: "no-op", outs: { ...inputs, ...outputsOfBinding } }),
};
