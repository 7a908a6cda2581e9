import { parseArgs } from "node:util";

export const backends = ["direct", "dynamics365"] as const;
export type Backend = (typeof backends)[number];
export interface Wish {
  action: "run" | "keep" | "remove" | "help";
  backend: Backend;
}

export const help = `Shows the provider at work: mail servers of its own on this machine, and the real Pulumi engine.

  npm start                 preview, up, a second up that finds nothing to do, an unsupported stack; then cleans up
  npm start -- --backend dynamics365
                            the same program on a simulated Dynamics 365 organization beside the mail servers, which
                            tests the mailboxes itself and gets everything back as it was found
  npm start -- --keep       leaves stack, mail servers and organization for play; with any back end
  npm start -- --remove     removes what --keep left
`;

/** @throws Error `unknown-argument` with the help */
export function wishIn(args: readonly string[]): Wish {
  const { backend = "direct", ...flags } = parsed(args);
  const known = backends.find((name) => name === backend);
  if (known === undefined)
    throw notUnderstood(args, `there is no back end "${backend}", only ${backends.join(" and ")}`);
  const [action = "run", ...others] = (["keep", "remove", "help"] as const).filter((flag) => flags[flag] === true);
  // Help and removal take what they find.
  if (others.length > 0 || (args.length > 1 && (action === "help" || action === "remove")))
    throw notUnderstood(args, `--${action} stands alone`);
  return { action, backend: known };
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        backend: { type: "string" },
        keep: { type: "boolean" },
        remove: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    throw notUnderstood(args, error instanceof Error ? error.message : String(error));
  }
}

function notUnderstood(args: readonly string[], why: string): Error {
  return new Error(`unknown-argument: ${args.join(" ")} is not understood: ${why.replace(/\.$/, "")}.\n\n${help}`);
}
