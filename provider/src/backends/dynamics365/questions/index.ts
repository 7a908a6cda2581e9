export { openQuestion, type QuestionContext } from "./context";
export { askMailboxes } from "./mailboxes";
export { askOrganization } from "./organization";
export { askProfile } from "./profile";
