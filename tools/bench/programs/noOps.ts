/** As many resources with the same inputs, by a provider that does nothing. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

interface Recorded {
  name: string;
  /** Name of the resource that it depends on. */
  after?: string;
  inputs: pulumi.Inputs;
  /** Names of what the provider adds: a class declares them, too. */
  outputs: string[];
}

class NoOp extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super("pulumi-nodejs:dynamic/bench/no-op:NoOp", name, inputs, opts);
  }
}

const config = new pulumi.Config("lab");
const made = new Map<string, NoOp>();
for (const { name, after, inputs, outputs } of JSON.parse(
  readFileSync(config.require("recorded"), "utf8"),
) as Recorded[]) {
  const before = made.get(after ?? "");
  const props = { ...Object.fromEntries(outputs.map((key) => [key, undefined])), ...inputs };
  made.set(name, new NoOp(name, props, before === undefined ? {} : { dependsOn: [before] }));
}
