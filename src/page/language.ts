/** The languages of download pages: those in which launchers speak. */
export type Language = "en" | "de" | "fr" | "es" | "ja" | "zh";
