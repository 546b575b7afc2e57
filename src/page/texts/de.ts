import type { Texts } from "../texts.ts";

export const DE: Texts = {
  languageName: "Deutsch",
  languages: "Sprachen",
  title: (app) => `${app} herunterladen`,
  promise: "Eine Datei zum Doppelklicken: Sie installiert sich selbst und hält sich selbst aktuell.",
  version: (version) => `Version ${version}`,
  yours: "Ihr Download",
  recommended: "Für Ihren Computer",
  onComputers: (systems) =>
    `Dieses Programm gibt es für ${systems}. Öffnen Sie diese Seite auf einem solchen Computer.`,
  noneForYou: "Für das System dieses Computers gibt es keine Datei. Das sind alle, die es gibt:",
  downloads: "Downloads",
  otherDownloads: "Für andere Computer",
  download: (system) => (system === undefined ? "Herunterladen" : `Für ${system} herunterladen`),
  platforms: {
    "windows-amd64": "Windows (die meisten PCs)",
    "windows-arm64": "Windows auf ARM",
    "windows-386": "Windows, 32 Bit",
    "darwin-arm64": "Mac mit Apple-Chip (M1 und neuer)",
    "darwin-amd64": "Mac mit Intel-Prozessor",
    "linux-amd64": "Linux x86-64 (die meisten PCs)",
    "linux-arm64": "Linux ARM64",
    "linux-arm": "Linux ARM, 32 Bit",
    "linux-386": "Linux x86, 32 Bit",
  },
  systems: { windows: "Windows", darwin: "Mac", linux: "Linux" },
  anyComputer: "Jeder Computer",
  whichMac: "Welcher Mac ist es?",
  aboutThisMac:
    "Wählen Sie im Apple-Menü in der Ecke des Bildschirms „Über diesen Mac“. Steht dort „Chip: Apple M…“, hat er einen Apple-Chip; steht dort „Prozessor: … Intel …“, hat er einen Intel-Prozessor.",
  onlyApple: "Diese Datei ist nur für Macs mit Apple-Chip.",
  facts: "Einzelheiten",
  fileName: "Dateiname",
  size: "Größe",
  copy: "Kopieren",
  copied: "Kopiert",
  copyWhat: (algorithm, fileName) => `${algorithm} von ${fileName} kopieren`,
  check: "Ob die Datei die veröffentlichte ist, prüfen Sie mit diesem Befehl und vergleichen:",
  help: {
    windows: "Was wird Windows sagen?",
    darwin: "Was wird der Mac sagen?",
    linux: "Wie startet man die Datei unter Linux?",
  },
  windowsSteps: [
    "Der Browser sagt vielleicht, dass die Datei nicht häufig heruntergeladen wird. Behalten Sie sie. Klicken Sie in Edge auf „…“ und „Beibehalten“; wenn Edge noch einmal fragt, klicken Sie nicht auf die große Schaltfläche, die die Datei löscht, sondern auf „Mehr anzeigen“ und „Trotzdem beibehalten“.",
    "Wenn Sie die Datei öffnen, meldet Windows vielleicht „Der Computer wurde durch Windows geschützt“: Es kennt diesen Herausgeber noch nicht. Klicken Sie auf „Weitere Informationen“ und dann auf „Trotzdem ausführen“.",
  ],
  macZip:
    "Öffnen Sie die heruntergeladene ZIP-Datei und dann die App, die darin liegt. Hat Safari sie schon entpackt, öffnen Sie die App im Ordner „Downloads“.",
  macSteps: [
    "Beim ersten Mal sagt der Mac, dass Apple die App nicht überprüfen konnte. Schließen Sie diese Meldung mit „Fertig“ (auf älteren Macs mit „Abbrechen“), nicht mit „In den Papierkorb legen“.",
    "Öffnen Sie „Systemeinstellungen“ und darin „Datenschutz & Sicherheit“. Klicken Sie weiter unten neben dem Namen der App auf „Dennoch öffnen“ und bestätigen Sie es. Der Mac fragt dann nach Ihrem Passwort oder nach Touch ID.",
  ],
  linuxSteps: [
    "Heruntergeladene Dateien dürfen zunächst nicht ausgeführt werden. Machen Sie sie in ihrem Ordner ausführbar und starten Sie sie:",
  ],
  trust: "Tun Sie das nur, wenn Sie der Quelle vertrauen, über die Sie auf diese Seite gekommen sind.",
  news: (version) => (version === undefined ? "Was ist neu?" : `Was ist neu in ${version}?`),
  checksums: "Prüfsummen aller Dateien",
};
