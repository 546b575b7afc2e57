import type { Texts } from "../texts.ts";

export const FR: Texts = {
  languageName: "Français",
  languages: "Langues",
  title: (app) => `Télécharger ${app}`,
  promise: "Un seul fichier à double-cliquer : il s’installe et se met à jour tout seul.",
  version: (version) => `Version ${version}`,
  yours: "Votre téléchargement",
  recommended: "Pour votre ordinateur",
  onComputers: (systems) =>
    `Ce programme est destiné aux ordinateurs ${systems}. Ouvrez cette page sur l’un d’entre eux.`,
  noneForYou: "Il n’y a pas de fichier pour le système de cet ordinateur. Voici tous ceux qui existent :",
  downloads: "Téléchargements",
  otherDownloads: "Pour d’autres ordinateurs",
  download: (system) => (system === undefined ? "Télécharger" : `Télécharger pour ${system}`),
  platforms: {
    "windows-amd64": "Windows (la plupart des PC)",
    "windows-arm64": "Windows sur ARM",
    "windows-386": "Windows, 32 bits",
    "darwin-arm64": "Mac avec puce Apple (M1 et ultérieures)",
    "darwin-amd64": "Mac avec processeur Intel",
    "linux-amd64": "Linux x86-64 (la plupart des PC)",
    "linux-arm64": "Linux ARM64",
    "linux-arm": "Linux ARM, 32 bits",
    "linux-386": "Linux x86, 32 bits",
  },
  systems: { windows: "Windows", darwin: "Mac", linux: "Linux" },
  anyComputer: "Tous les ordinateurs",
  whichMac: "De quel Mac s’agit-il ?",
  aboutThisMac:
    "Choisissez « À propos de ce Mac » dans le menu Pomme, dans le coin de l’écran. S’il indique « Puce : Apple M… », le Mac a une puce Apple ; s’il indique « Processeur : … Intel … », il a un processeur Intel.",
  onlyApple: "Ce fichier est réservé aux Mac avec puce Apple.",
  facts: "Détails",
  fileName: "Nom du fichier",
  size: "Taille",
  copy: "Copier",
  copied: "Copié",
  copyWhat: (algorithm, fileName) => `Copier le ${algorithm} de ${fileName}`,
  check: "Pour vérifier que le fichier est bien celui qui a été publié, exécutez cette commande et comparez :",
  help: {
    windows: "Que va dire Windows ?",
    darwin: "Que va dire le Mac ?",
    linux: "Comment lancer le fichier sous Linux ?",
  },
  windowsSteps: [
    "Le navigateur indique peut-être que ce fichier est rarement téléchargé. Conservez-le. Dans Edge, cliquez sur « … » puis sur « Conserver » ; si Edge redemande confirmation, ne cliquez pas sur le grand bouton, qui supprime le fichier, mais sur « Afficher plus » puis sur « Conserver quand même ».",
    "À l’ouverture du fichier, Windows affiche peut-être « Windows a protégé votre ordinateur » : il ne connaît pas encore cet éditeur. Cliquez sur « Informations complémentaires », puis sur « Exécuter quand même ».",
  ],
  macZip:
    "Ouvrez le fichier zip téléchargé, puis l’app qu’il contient. Si Safari l’a déjà décompressé, ouvrez l’app dans « Téléchargements ».",
  macSteps: [
    "La première fois, le Mac indique qu’Apple n’a pas pu vérifier l’app. Fermez ce message avec « Terminé » (sur un Mac plus ancien, « Annuler »), et non avec « Placer dans la corbeille ».",
    "Ouvrez « Réglages Système », puis « Confidentialité et sécurité ». Plus bas, à côté du nom de l’app, cliquez sur « Ouvrir quand même » et confirmez. Le Mac demande alors votre mot de passe ou Touch ID.",
  ],
  linuxSteps: [
    "Un fichier téléchargé ne peut pas être exécuté tout de suite. Dans son dossier, rendez-le exécutable et lancez-le :",
  ],
  trust: "Ne le faites que si vous avez confiance dans la source qui vous a mené à cette page.",
  news: (version) => (version === undefined ? "Nouveautés" : `Nouveautés de la version ${version}`),
  checksums: "Sommes de contrôle de tous les fichiers",
};
