import type { Settings } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { parseRepository, type Repository } from "../oci/reference.ts";

/** Where to ask, in order. A person's unreadable mirror is a warning, and the others are asked. */
export function readRepositories({ repositories }: Settings, warn: (text: string) => void): Repository[] {
  return repositories.flatMap((text) => {
    try {
      return [parseRepository(text)];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      warn(`mirrors: ${error.message}\n`);
      return [];
    }
  });
}
