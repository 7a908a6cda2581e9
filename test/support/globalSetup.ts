import { findPulumi } from "../../tools/pulumi/ensure";

/** Looked for once: whether a layer can run has to be known before its tests are collected. */
export default async function globalSetup(): Promise<void> {
  const cli = await findPulumi();
  if (cli !== undefined) process.env.TEST_PULUMI_CLI = JSON.stringify(cli);
}
