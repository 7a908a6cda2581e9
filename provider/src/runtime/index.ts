import { endWithEngine } from "./engineGone";

/**
 * What the dynamic provider host loads. Every state that was ever written names this entry and these exports, so they
 * are never renamed and never removed.
 */
export { emailServerProfile } from "./emailServerProfile";
export { mailboxBinding } from "./mailboxBinding";
export { organizationEmailSettings } from "./organizationEmailSettings";

endWithEngine();
