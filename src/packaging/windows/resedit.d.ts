interface ResourceEntry {
  readonly type: string | number;
  readonly id: string | number;
  readonly lang: string | number;
}

interface IconItem {
  readonly width?: number | null;
}

interface Language {
  readonly lang: number;
  readonly codepage: number;
}

export declare class NtExecutable {
  static from(bytes: Uint8Array, options?: { readonly ignoreCert?: boolean }): NtExecutable;
  readonly newHeader: { readonly optionalHeader: { subsystem: number; readonly checkSum: number } };
  setExtraData(bytes: null): void;
  generate(): ArrayBuffer;
}

export declare class NtExecutableResource {
  static from(executable: NtExecutable): NtExecutableResource;
  readonly entries: ResourceEntry[];
  outputResource(executable: NtExecutable): void;
}

export declare const Data: {
  readonly IconFile: { from(bytes: Uint8Array): { readonly icons: readonly { readonly data: IconItem }[] } };
};

interface VersionInfo {
  lang: number;
  readonly fixedInfo: { fileOS: number; fileType: number };
  setFileVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
  setProductVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
  setStringValues(language: Language, values: Readonly<Record<string, string>>): void;
  outputToResourceEntries(entries: ResourceEntry[]): void;
}

export declare const Resource: {
  readonly IconGroupEntry: {
    fromEntries(
      entries: readonly ResourceEntry[],
    ): readonly { readonly id: string | number; readonly lang: string | number }[];
    replaceIconsForResource(
      entries: ResourceEntry[],
      group: string | number,
      lang: string | number,
      icons: readonly IconItem[],
    ): void;
  };
  readonly VersionInfo: { createEmpty(): VersionInfo };
};
