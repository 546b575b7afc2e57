import type { Texts } from "../texts.ts";

export const JA: Texts = {
  languageName: "日本語",
  languages: "言語",
  title: (app) => `${app} のダウンロード`,
  promise: "ダブルクリックするファイルは 1 つだけ。インストールも更新も自動で行われます。",
  version: (version) => `バージョン ${version}`,
  yours: "お使いのコンピューター用のダウンロード",
  recommended: "お使いのコンピューター用",
  onComputers: (systems) =>
    `このプログラムは ${systems} のコンピューター用です。対応するコンピューターでこのページを開いてください。`,
  noneForYou: "このコンピューターのシステムに対応するファイルはありません。提供しているファイルは次のとおりです。",
  downloads: "ダウンロード",
  otherDownloads: "ほかのコンピューター用",
  download: (system) => (system === undefined ? "ダウンロード" : `${system} 版をダウンロード`),
  platforms: {
    "windows-amd64": "Windows (ほとんどの PC)",
    "windows-arm64": "Windows (ARM)",
    "windows-386": "Windows (32 ビット)",
    "darwin-arm64": "Apple チップ搭載の Mac (M1 以降)",
    "darwin-amd64": "Intel プロセッサ搭載の Mac",
    "linux-amd64": "Linux x86-64 (ほとんどの PC)",
    "linux-arm64": "Linux ARM64",
    "linux-arm": "Linux ARM (32 ビット)",
    "linux-386": "Linux x86 (32 ビット)",
  },
  systems: { windows: "Windows", darwin: "Mac", linux: "Linux" },
  anyComputer: "すべてのコンピューター",
  whichMac: "どの Mac ですか?",
  aboutThisMac:
    "画面の隅のアップルメニューから「この Mac について」を選びます。「チップ: Apple M…」とあれば Apple チップ、「プロセッサ: … Intel …」とあれば Intel プロセッサです。",
  onlyApple: "このファイルは Apple チップ搭載の Mac 専用です。",
  facts: "詳細",
  fileName: "ファイル名",
  size: "サイズ",
  copy: "コピー",
  copied: "コピーしました",
  copyWhat: (algorithm, fileName) => `${fileName} の ${algorithm} をコピー`,
  check: "公開されたファイルと同じかどうかは、次のコマンドを実行して値を比べると確認できます。",
  help: {
    windows: "Windows では何が表示されますか?",
    darwin: "Mac では何が表示されますか?",
    linux: "Linux ではどのように起動しますか?",
  },
  windowsSteps: [
    "ブラウザーに、一般的にダウンロードされていないファイルだと表示されることがあります。保存を選んでください。Edge では「…」から「保存」を選びます。もう一度確認されたら、ファイルを削除する大きなボタンではなく、「詳細表示」から「保持する」を選びます。",
    "ファイルを開くと「Windows によって PC が保護されました」と表示されることがあります。Windows がこの発行元をまだ知らないためです。「詳細情報」をクリックし、「実行」をクリックします。",
  ],
  macZip:
    "ダウンロードした zip ファイルを開き、中にあるアプリを開きます。Safari によってすでに展開されている場合は、「ダウンロード」フォルダーにあるアプリを開きます。",
  macSteps: [
    "初回は、Apple がアプリを検証できなかったと表示されます。「ゴミ箱に入れる」ではなく「完了」(古い Mac では「キャンセル」) をクリックして、このメッセージを閉じます。",
    "「システム設定」の「プライバシーとセキュリティ」を開きます。下のほうにあるアプリ名の横の「このまま開く」をクリックし、確認します。続いてパスワードの入力または Touch ID を求められます。",
  ],
  linuxSteps: [
    "ダウンロードしたファイルは、そのままでは実行できません。ファイルのあるフォルダーで、実行可能にしてから起動します。",
  ],
  trust: "このページの入手元を信頼できる場合にだけ行ってください。",
  news: (version) => (version === undefined ? "更新内容" : `${version} の更新内容`),
  checksums: "すべてのファイルのチェックサム",
};
