/** Everything that a person is told, in the languages that we have. One sentence each. */
export interface Messages {
  installing(app: string, version: string): string;
  updating(app: string, from: string, to: string): string;
  unpacking(app: string): string;
  installFailed(app: string): string;
  updateFailed(app: string, to: string, current: string): string;
  /** An update that takes longer than a start waits. */
  postponed(app: string, to: string, current: string): string;
  versionUnavailable(app: string, request: string, current: string): string;
  wentBack(app: string, bad: string, good: string): string;
  /** A version that its publisher took back. */
  withdrawn(app: string, bad: string, good: string): string;
  /** The same, while what comes in its place takes longer than a start waits. */
  stillWithdrawn(app: string, bad: string, good: string): string;
  /** The publisher's list of versions has expired; `date` such as `2026-01-31`. */
  frozen(app: string, date: string): string;
  doesNotRun(app: string, version: string): string;
  /** @param time such as `40 s` or `3 min`. */
  remaining(time: string): string;
  skip(): string;
  uninstall(app: string): string;
  removeSettings(app: string): string;
  uninstalled(app: string): string;
  stillRunning(app: string): string;
  yes(): string;
  no(): string;
}

type Language = "en" | "de" | "fr" | "es" | "ja" | "zh";

/** @param locale such as `de_AT.UTF-8`, `fr-CA` or `zh-Hans-CN`; English for any other. */
export function selectMessages(locale: string | undefined): Messages {
  const language = (locale ?? "").slice(0, 2).toLowerCase();
  return isLanguage(language) ? MESSAGES[language] : MESSAGES.en;
}

function isLanguage(text: string): text is Language {
  return Object.hasOwn(MESSAGES, text);
}

const MESSAGES: Readonly<Record<Language, Messages>> = {
  en: {
    installing: (app, version) => `Installing ${app} ${version}`,
    updating: (app, from, to) => `Updating ${app} from ${from} to ${to}`,
    unpacking: (app) => `Unpacking ${app}`,
    installFailed: (app) => `${app} could not be installed.`,
    updateFailed: (app, to, current) => `The update of ${app} to ${to} did not work; ${current} is started.`,
    postponed: (app, to, current) => `The update of ${app} to ${to} goes on in the background; ${current} is started.`,
    versionUnavailable: (app, request, current) =>
      `Version ${request} of ${app} could not be installed; ${current} is started.`,
    wentBack: (app, bad, good) => `${app} ${bad} does not run on this computer, so ${good} is used again.`,
    withdrawn: (app, bad, good) => `${app} ${bad} was withdrawn by its publisher, so ${good} is used.`,
    stillWithdrawn: (app, bad, good) =>
      `${app} ${bad} was withdrawn by its publisher, but ${good} is not here yet, so ${bad} is started.`,
    frozen: (app, date) => `${app} gets no updates for now: its publisher's list of versions expired on ${date}.`,
    doesNotRun: (app, version) => `${app} ${version} does not run on this computer.`,
    remaining: (time) => `${time} left`,
    skip: () => "Skip for now",
    uninstall: (app) => `Uninstall ${app}`,
    removeSettings: (app) => `Delete your settings for ${app} as well?`,
    uninstalled: (app) => `${app} was removed.`,
    stillRunning: (app) => `${app} is still running. Close it, then remove it again.`,
    yes: () => "Yes",
    no: () => "No",
  },
  de: {
    installing: (app, version) => `${app} ${version} wird installiert`,
    updating: (app, from, to) => `${app} wird von ${from} auf ${to} aktualisiert`,
    unpacking: (app) => `${app} wird entpackt`,
    installFailed: (app) => `${app} konnte nicht installiert werden.`,
    updateFailed: (app, to, current) =>
      `Die Aktualisierung von ${app} auf ${to} hat nicht geklappt; ${current} wird gestartet.`,
    postponed: (app, to, current) =>
      `Die Aktualisierung von ${app} auf ${to} geht im Hintergrund weiter; ${current} wird gestartet.`,
    versionUnavailable: (app, request, current) =>
      `Version ${request} von ${app} konnte nicht installiert werden; ${current} wird gestartet.`,
    wentBack: (app, bad, good) => `${app} ${bad} läuft auf diesem Computer nicht, darum wird wieder ${good} verwendet.`,
    withdrawn: (app, bad, good) => `${app} ${bad} wurde vom Herausgeber zurückgezogen, darum wird ${good} verwendet.`,
    stillWithdrawn: (app, bad, good) =>
      `${app} ${bad} wurde vom Herausgeber zurückgezogen, aber ${good} ist noch nicht da, darum wird ${bad} gestartet.`,
    frozen: (app, date) =>
      `${app} bekommt vorerst keine Aktualisierungen: Die Versionsliste des Herausgebers ist am ${date} abgelaufen.`,
    doesNotRun: (app, version) => `${app} ${version} läuft auf diesem Computer nicht.`,
    remaining: (time) => `noch ${time}`,
    skip: () => "Jetzt nicht",
    uninstall: (app) => `${app} entfernen`,
    removeSettings: (app) => `Auch Ihre Einstellungen für ${app} löschen?`,
    uninstalled: (app) => `${app} wurde entfernt.`,
    stillRunning: (app) => `${app} läuft noch. Bitte schließen und dann noch einmal entfernen.`,
    yes: () => "Ja",
    no: () => "Nein",
  },
  fr: {
    installing: (app, version) => `Installation de ${app} ${version}`,
    updating: (app, from, to) => `Mise à jour de ${app} de ${from} à ${to}`,
    unpacking: (app) => `Décompression de ${app}`,
    installFailed: (app) => `${app} n'a pas pu être installé.`,
    updateFailed: (app, to, current) => `La mise à jour de ${app} vers ${to} a échoué ; ${current} démarre.`,
    postponed: (app, to, current) =>
      `La mise à jour de ${app} vers ${to} continue en arrière-plan ; ${current} démarre.`,
    versionUnavailable: (app, request, current) =>
      `La version ${request} de ${app} n'a pas pu être installée ; ${current} démarre.`,
    wentBack: (app, bad, good) =>
      `${app} ${bad} ne fonctionne pas sur cet ordinateur, ${good} est donc utilisé de nouveau.`,
    withdrawn: (app, bad, good) => `${app} ${bad} a été retiré par son éditeur, ${good} est donc utilisé.`,
    stillWithdrawn: (app, bad, good) =>
      `${app} ${bad} a été retiré par son éditeur, mais ${good} n'est pas encore là, ${bad} démarre donc.`,
    frozen: (app, date) =>
      `${app} ne reçoit pas de mises à jour pour le moment : la liste des versions de son éditeur a expiré le ${date}.`,
    doesNotRun: (app, version) => `${app} ${version} ne fonctionne pas sur cet ordinateur.`,
    remaining: (time) => `encore ${time}`,
    skip: () => "Plus tard",
    uninstall: (app) => `Désinstaller ${app}`,
    removeSettings: (app) => `Supprimer aussi vos réglages de ${app} ?`,
    uninstalled: (app) => `${app} a été supprimé.`,
    stillRunning: (app) => `${app} est encore ouvert. Fermez-le, puis recommencez.`,
    yes: () => "Oui",
    no: () => "Non",
  },
  es: {
    installing: (app, version) => `Instalando ${app} ${version}`,
    updating: (app, from, to) => `Actualizando ${app} de ${from} a ${to}`,
    unpacking: (app) => `Descomprimiendo ${app}`,
    installFailed: (app) => `No se pudo instalar ${app}.`,
    updateFailed: (app, to, current) => `La actualización de ${app} a ${to} no funcionó; se inicia ${current}.`,
    postponed: (app, to, current) =>
      `La actualización de ${app} a ${to} continúa en segundo plano; se inicia ${current}.`,
    versionUnavailable: (app, request, current) =>
      `No se pudo instalar la versión ${request} de ${app}; se inicia ${current}.`,
    wentBack: (app, bad, good) => `${app} ${bad} no funciona en este equipo, por lo que se vuelve a usar ${good}.`,
    withdrawn: (app, bad, good) => `${app} ${bad} fue retirado por su editor, por lo que se usa ${good}.`,
    stillWithdrawn: (app, bad, good) =>
      `${app} ${bad} fue retirado por su editor, pero ${good} todavía no está aquí, por lo que se inicia ${bad}.`,
    frozen: (app, date) =>
      `${app} no recibe actualizaciones por ahora: la lista de versiones de su editor caducó el ${date}.`,
    doesNotRun: (app, version) => `${app} ${version} no funciona en este equipo.`,
    remaining: (time) => `quedan ${time}`,
    skip: () => "Ahora no",
    uninstall: (app) => `Desinstalar ${app}`,
    removeSettings: (app) => `¿Eliminar también sus ajustes de ${app}?`,
    uninstalled: (app) => `${app} se ha eliminado.`,
    stillRunning: (app) => `${app} sigue abierto. Ciérrelo y vuelva a intentarlo.`,
    yes: () => "Sí",
    no: () => "No",
  },
  ja: {
    installing: (app, version) => `${app} ${version} をインストールしています`,
    updating: (app, from, to) => `${app} を ${from} から ${to} に更新しています`,
    unpacking: (app) => `${app} を展開しています`,
    installFailed: (app) => `${app} をインストールできませんでした。`,
    updateFailed: (app, to, current) => `${app} を ${to} に更新できませんでした。${current} を起動します。`,
    postponed: (app, to, current) => `${app} の ${to} への更新はバックグラウンドで続きます。${current} を起動します。`,
    versionUnavailable: (app, request, current) =>
      `${app} のバージョン ${request} をインストールできませんでした。${current} を起動します。`,
    wentBack: (app, bad, good) => `${app} ${bad} はこのコンピューターで動作しないため、${good} に戻しました。`,
    withdrawn: (app, bad, good) => `${app} ${bad} は発行元により取り下げられたため、${good} を使用します。`,
    stillWithdrawn: (app, bad, good) =>
      `${app} ${bad} は発行元により取り下げられましたが、${good} の準備がまだできていないため、${bad} を起動します。`,
    frozen: (app, date) => `${app} は現在更新されません。発行元のバージョン一覧の期限が ${date} に切れました。`,
    doesNotRun: (app, version) => `${app} ${version} はこのコンピューターで動作しません。`,
    remaining: (time) => `残り ${time}`,
    skip: () => "今はスキップ",
    uninstall: (app) => `${app} をアンインストール`,
    removeSettings: (app) => `${app} の設定も削除しますか?`,
    uninstalled: (app) => `${app} を削除しました。`,
    stillRunning: (app) => `${app} が実行中です。終了してからもう一度削除してください。`,
    yes: () => "はい",
    no: () => "いいえ",
  },
  zh: {
    installing: (app, version) => `正在安装 ${app} ${version}`,
    updating: (app, from, to) => `正在将 ${app} 从 ${from} 更新到 ${to}`,
    unpacking: (app) => `正在解压 ${app}`,
    installFailed: (app) => `无法安装 ${app}。`,
    updateFailed: (app, to, current) => `${app} 未能更新到 ${to}，将启动 ${current}。`,
    postponed: (app, to, current) => `${app} 将在后台继续更新到 ${to}，先启动 ${current}。`,
    versionUnavailable: (app, request, current) => `无法安装 ${app} 的版本 ${request}，将启动 ${current}。`,
    wentBack: (app, bad, good) => `${app} ${bad} 无法在此电脑上运行，已恢复使用 ${good}。`,
    withdrawn: (app, bad, good) => `${app} ${bad} 已被发布者撤回，将使用 ${good}。`,
    stillWithdrawn: (app, bad, good) => `${app} ${bad} 已被发布者撤回，但 ${good} 尚未就绪，因此启动 ${bad}。`,
    frozen: (app, date) => `${app} 暂时不会更新：发布者的版本列表已于 ${date} 过期。`,
    doesNotRun: (app, version) => `${app} ${version} 无法在此电脑上运行。`,
    remaining: (time) => `剩余 ${time}`,
    skip: () => "暂时跳过",
    uninstall: (app) => `卸载 ${app}`,
    removeSettings: (app) => `是否同时删除 ${app} 的设置?`,
    uninstalled: (app) => `${app} 已删除。`,
    stillRunning: (app) => `${app} 仍在运行。请先关闭，然后再次删除。`,
    yes: () => "是",
    no: () => "否",
  },
};
