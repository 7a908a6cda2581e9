/** Declares something, and then fails by itself. */
import { EmailServerProfile } from "pulumi-server-side-sync";

new EmailServerProfile("gmail", { emailSystem: "gmail" });
throw new Error("boom");
