/** Which Exchange the simulator is. */
export type ExchangeRelease = "2010-sp2" | "2010-sp3" | "2013" | "2016" | "2019" | "se" | "online";

interface Version {
  major: number;
  minor: number;
  build: number;
  revision: number;
  /** The schema that its answers name; newer servers name one that no request may ask for. */
  schema: string;
  /** The newest schema that a request may ask for. */
  newest: string;
}

/** Every value that RequestServerVersion may have, oldest first. */
const schemas = [
  "Exchange2007",
  "Exchange2007_SP1",
  "Exchange2010",
  "Exchange2010_SP1",
  "Exchange2010_SP2",
  "Exchange2013",
  "Exchange2013_SP1",
  "Exchange2015",
  "Exchange2016",
];

const versions: Readonly<Record<ExchangeRelease, Version>> = {
  "2010-sp2": {
    major: 14,
    minor: 2,
    build: 247,
    revision: 5,
    schema: "Exchange2010_SP2",
    newest: "Exchange2010_SP2",
  },
  "2010-sp3": {
    major: 14,
    minor: 3,
    build: 513,
    revision: 0,
    schema: "Exchange2010_SP2",
    newest: "Exchange2010_SP2",
  },
  "2013": { major: 15, minor: 0, build: 1497, revision: 2, schema: "V2_23", newest: "Exchange2013_SP1" },
  "2016": { major: 15, minor: 1, build: 2507, revision: 6, schema: "V2017_07_11", newest: "Exchange2016" },
  "2019": { major: 15, minor: 2, build: 1544, revision: 4, schema: "V2017_07_11", newest: "Exchange2016" },
  se: { major: 15, minor: 2, build: 2562, revision: 17, schema: "V2017_07_11", newest: "Exchange2016" },
  online: { major: 15, minor: 20, build: 9253, revision: 12, schema: "V2018_01_08", newest: "Exchange2016" },
};

/** Whether a server of the release accepts a request of a schema version. Without one, a request is of Exchange 2007. */
export function knowsSchema(release: ExchangeRelease, requested: string): boolean {
  const index = schemas.indexOf(requested);
  return index >= 0 && index <= schemas.indexOf(versions[release].newest);
}

/** The attributes of the header ServerVersionInfo. */
export function versionAttributes(release: ExchangeRelease): string {
  const { major, minor, build, revision, schema } = versions[release];
  return `MajorVersion="${major}" MinorVersion="${minor}" MajorBuildNumber="${build}" MinorBuildNumber="${revision}" Version="${schema}"`;
}
