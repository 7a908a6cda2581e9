import type { SecretReference } from "../../model/fields";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { emailServerProfileTable as table, type EmailServerProfileColumn } from "./columns/emailServerProfile";
import { appOf } from "./profileConnectionMapping";

/** A secret of a profile and the column that takes it. */
export interface ProfileSecret {
  column: EmailServerProfileColumn;
  /** Path of the argument: it resolves the secret, and names it in messages. */
  path: string;
  secret: string | SecretReference;
}

/** The secrets that a declaration wants stored. The same settings for outgoing email come without a password of their own. */
export function profileSecrets(profile: CheckedProfile): ProfileSecret[] {
  const passwords = (["incoming", "outgoing"] as const).flatMap((direction): ProfileSecret[] => {
    const { credentials } = profile[direction];
    if (credentials?.source !== "email-server-profile") return [];
    const secret = known(credentials.password);
    return secret === undefined
      ? []
      : [{ column: `${direction}password`, path: `${direction}.credentials.password`, secret }];
  });
  const app = appOf(profile);
  const secret = known(app?.credentials.clientSecret);
  if (app === undefined || secret === undefined) return passwords;
  return [...passwords, { column: "oauthclientsecret", path: `${app.direction}.credentials.clientSecret`, secret }];
}

/**
 * The secrets that an update has to write: those that the record lacks, and all of them where the credentials were
 * rotated since the last write.
 *
 * @param revisions the revision of the declared credentials, and the one that was written last, null where none was
 */
export function secretsToWrite(
  profile: CheckedProfile,
  observed: ColumnValues,
  revisions: { declared: number; written: number | null },
): ProfileSecret[] {
  return profileSecrets(profile).filter(({ column }) => {
    const { presence } = table.columns[column];
    const stored = presence !== undefined && observed[presence] === true;
    return !stored || revisions.declared !== revisions.written;
  });
}

/** Secrets that we stored for an earlier declaration, and that nothing uses any more: nobody is to keep them. */
export function releasedSecrets(previous: CheckedProfile, profile: CheckedProfile): Record<string, ColumnValue> {
  const kept = profileSecrets(profile).map(({ column }) => column);
  const released = profileSecrets(previous).filter(({ column }) => !kept.includes(column));
  return Object.fromEntries(released.map(({ column }) => [column, null]));
}
