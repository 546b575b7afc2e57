// JavaScript for Automation (JXA), run by osascript. A method without arguments is called by naming it.

/**
 * Shows the window that its argument describes. Each line of its input is `{ text, share }`, share null when not known;
 * it writes `skip` when the button or the window's close button was pressed, and ends with its input.
 */
export const PROGRESS_SCRIPT = String.raw`
ObjC.import("AppKit");
ObjC.import("stdlib");

// By number: what they are called has changed between versions of macOS.
const ACCESSORY = 1;
const TITLED = 1;
const CLOSABLE = 2;
const BUFFERED = 2;
const ROUNDED = 1;

function run(argv) {
  const options = JSON.parse(argv[0]);
  const skippable = typeof options.skip === "string";
  const image = options.icon === undefined ? $() : $.NSImage.alloc.initWithContentsOfFile(options.icon);
  const left = image.isNil() ? 20 : 92;
  const width = 460;
  const height = skippable ? 136 : 100;

  const app = $.NSApplication.sharedApplication;
  // An accessory has windows but no icon in the Dock: the person started one program, and sees one.
  app.setActivationPolicy(ACCESSORY);

  const window = $.NSWindow.alloc.initWithContentRectStyleMaskBackingDefer(
    $.NSMakeRect(0, 0, width, height), skippable ? TITLED | CLOSABLE : TITLED, BUFFERED, false);
  window.title = options.title;
  window.releasedWhenClosed = false;

  const label = $.NSTextField.alloc.initWithFrame($.NSMakeRect(left, height - 58, width - left - 20, 38));
  label.editable = false;
  label.selectable = false;
  label.bezeled = false;
  label.drawsBackground = false;
  label.stringValue = options.text;
  window.contentView.addSubview(label);

  const bar = $.NSProgressIndicator.alloc.initWithFrame($.NSMakeRect(left, height - 82, width - left - 20, 20));
  bar.indeterminate = true;
  bar.minValue = 0;
  bar.maxValue = 1;
  bar.startAnimation($());
  window.contentView.addSubview(bar);

  const picture = $.NSImageView.alloc.initWithFrame($.NSMakeRect(20, height - 76, 56, 56));
  picture.image = image;
  window.contentView.addSubview(picture);

  const input = $.NSFileHandle.fileHandleWithStandardInput;
  const output = $.NSFileHandle.fileHandleWithStandardOutput;
  let received = "";

  function show(state) {
    label.stringValue = state.text;
    if (typeof state.share === "number") {
      bar.stopAnimation($());
      bar.indeterminate = false;
      bar.doubleValue = state.share;
    } else {
      bar.indeterminate = true;
      bar.startAnimation($());
    }
  }

  function read() {
    const data = input.availableData;
    if (Number(data.length) === 0) $.exit(0);
    received += $.NSString.alloc.initWithDataEncoding(data, $.NSUTF8StringEncoding).js;
    const lines = received.split("\n");
    received = lines.pop();
    // What came in between was never on the screen.
    if (lines.length > 0) show(JSON.parse(lines[lines.length - 1]));
    input.waitForDataInBackgroundAndNotify;
  }

  function skip() {
    output.writeData($("skip\n").dataUsingEncoding($.NSUTF8StringEncoding));
    $.exit(0);
  }

  ObjC.registerSubclass({
    name: "ProgressWindowEvents",
    superclass: "NSObject",
    methods: {
      "dataArrived:": {
        types: ["void", ["id"]],
        implementation: function () {
          // An exception would be swallowed between two languages and leave a dead window.
          try { read(); } catch (error) { $.exit(1); }
        },
      },
      "skipPressed:": { types: ["void", ["id"]], implementation: skip },
      "windowWillClose:": { types: ["void", ["id"]], implementation: skip },
    },
  });
  const events = $.ProgressWindowEvents.alloc.init;
  $.NSNotificationCenter.defaultCenter.addObserverSelectorNameObject(
    events, "dataArrived:", "NSFileHandleDataAvailableNotification", input);
  input.waitForDataInBackgroundAndNotify;
  window.delegate = events;

  if (skippable) {
    const button = $.NSButton.alloc.initWithFrame($.NSMakeRect(width - 174, 12, 160, 32));
    button.title = options.skip;
    button.bezelStyle = ROUNDED;
    button.target = events;
    button.action = "skipPressed:";
    window.contentView.addSubview(button);
  }

  window.center;
  window.makeKeyAndOrderFront($());
  app.activateIgnoringOtherApps(true);
  app.run;
}
`;

/** Shows the sentence that its argument holds until it is closed. */
export const ALERT_SCRIPT = String.raw`
function run(argv) {
  const { title, text } = JSON.parse(argv[0]);
  const app = Application.currentApplication();
  app.includeStandardAdditions = true;
  app.activate();
  app.displayAlert(title, { message: text, as: "warning" });
}
`;

/** Writes `yes` or `no`. */
export const QUESTION_SCRIPT = String.raw`
function run(argv) {
  const { title, text, yes, no, icon } = JSON.parse(argv[0]);
  const app = Application.currentApplication();
  app.includeStandardAdditions = true;
  app.activate();
  const options = { withTitle: title, buttons: [no, yes], defaultButton: yes, cancelButton: no };
  // It takes no other picture, and refuses the whole dialog for one.
  if (icon !== undefined && icon.endsWith(".icns")) options.withIcon = Path(icon);
  try {
    app.displayDialog(text, options);
    return "yes";
  } catch (error) {
    if (error.errorNumber === -128) return "no";
    throw error;
  }
}
`;
