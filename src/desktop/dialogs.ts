/**
 * Native windows for a person without a terminal, drawn by a program that the system brings.
 *
 * Nothing here ever throws, and no launch waits for it: where a window cannot be shown, there is none.
 */
export interface Dialogs {
  /** @returns undefined where this computer has no means to show one. */
  openProgress(options: ProgressWindowOptions): ProgressWindow | undefined;
  /** Shows a sentence that stays until a person closes it; this process may end before. */
  tell(message: Message): void;
  /** @returns undefined when nobody could be asked. Closing the window is a no. */
  ask(question: Question): Promise<boolean | undefined>;
}

export interface Message {
  readonly title: string;
  /** Plain text; a line feed starts a new line. */
  readonly text: string;
  /** Path of a PNG (Linux), of an .exe whose icon is shown (Windows), of an .icns or .png (Mac). */
  readonly icon?: string | undefined;
}

export interface Question extends Message {
  /** Label of the button for true. Windows has its own labels. */
  readonly yes: string;
  readonly no: string;
}

export interface ProgressWindowOptions extends Message {
  /** Label of the skip button; without it there is none, and the window cannot be closed by hand. */
  readonly skip?: string | undefined;
  /** Called at most once, when the person skips or closes the window. The window is gone then. */
  readonly onSkip?: (() => void) | undefined;
}

export interface ProgressWindow {
  /** Never blocks, and does nothing once the window is gone. May be called as often as there is news. */
  show(state: ProgressState): void;
  /** Takes the window away at once, also when this process is replaced right after. May be called twice. */
  close(): void;
}

export interface ProgressState {
  readonly text: string;
  /** From 0 to 1; undefined when not known. */
  readonly share: number | undefined;
}
