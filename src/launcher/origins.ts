import { openArchiveLocation, parseArchiveLocation } from "../archive/location.ts";
import type { Settings } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { formatRepository, parseRepository } from "../oci/reference.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Origin } from "../update/context.ts";

interface OriginOptions {
  readonly registry: RegistryClient;
  /** Where an image layout's path starts from. */
  readonly directory: string;
  readonly warn: (text: string) => void;
}

/** Where to ask, in order. A person's unreadable mirror is a warning, and the others are asked. */
export function readOrigins({ repositories }: Settings, options: OriginOptions): Origin[] {
  return repositories.flatMap((text) => {
    try {
      return [readOrigin(text, options)];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      options.warn(`mirrors: ${error.message}\n`);
      return [];
    }
  });
}

function readOrigin(text: string, { registry, directory }: OriginOptions): Origin {
  const location = text.startsWith("oci:") ? parseArchiveLocation(text) : undefined;
  if (location !== undefined) {
    return {
      name: text,
      async open() {
        try {
          return await openArchiveLocation(location, { cwd: directory });
        } catch (cause) {
          // A stick that is not plugged in is like a server that does not answer: the next origin may serve.
          if (!(cause instanceof AppError) || cause.code === "bad-data") throw cause;
          throw new AppError("unavailable", cause.message, {
            hint: cause.hint,
            remedy: cause.remedy,
            cause,
          });
        }
      },
    };
  }
  const repository = parseRepository(text);
  return { name: formatRepository(repository), open: async () => registry.repository(repository) };
}
