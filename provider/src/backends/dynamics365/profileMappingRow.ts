import type { CheckedProfile } from "../../model/profile";
import type { ColumnValue } from "./columns/column";
import type { EmailServerProfileColumn } from "./columns/emailServerProfile";

/** Records that a declaration refers to, found beforehand. */
export interface ProfileReferences {
  /** `systemusers(ID)` or `teams(ID)`. */
  owner?: string | null;
}

/** How one column and what declares it say the same. */
export interface ProfileMapping {
  column: EmailServerProfileColumn;
  /** Path of the argument. */
  property: string;
  /** What is to stand in the column; undefined where the declaration leaves the column alone. */
  wanted: (profile: CheckedProfile, references: ProfileReferences) => ColumnValue | undefined;
  /** The profile with what was found in the column. */
  declared: (profile: CheckedProfile, found: ColumnValue) => CheckedProfile;
  /** Values beside the wanted one that are as good. */
  accepts?: (found: ColumnValue, wanted: ColumnValue) => boolean;
  /** False where the documents name no value for what is not declared. */
  released?: false;
}
