import type { Target } from "./target.ts";
import { answers } from "./targets/answers.ts";
import { archives } from "./targets/archives.ts";
import { deltas } from "./targets/deltas.ts";
import { documents } from "./targets/documents.ts";
import { headers } from "./targets/headers.ts";
import { layers } from "./targets/layers.ts";
import { names } from "./targets/names.ts";
import { programs } from "./targets/programs.ts";
import { settings } from "./targets/settings.ts";
import { store } from "./targets/store.ts";
import { trust } from "./targets/trust.ts";
import { visitors } from "./targets/visitors.ts";
import { wire } from "./targets/wire.ts";

/** Every reader of strangers' bytes. A new one is an entry in one of these lists. */
export const TARGETS: readonly Target[] = [
  ...names,
  ...headers,
  ...wire,
  ...answers,
  ...documents,
  ...trust,
  ...settings,
  ...store,
  ...archives,
  ...layers,
  ...programs,
  ...deltas,
  ...visitors,
];
