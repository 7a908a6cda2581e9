/** The subject is the one of Dynamics' own test message (dynamics.md 4.1). */
export const testMail = {
  subject: "Your mailbox is now connected to Dynamics 365",
  text: "A simulated organization tested this mailbox.",
};
