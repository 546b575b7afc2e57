// Windows PowerShell 5.1. What to show is JSON in the environment variable SLIPWAY_DIALOG.

// A process that was started hidden or minimized has its first window shown that way, whatever that window asks for: so
// the first is one that nobody is to see.
const PRELUDE = String.raw`
$ErrorActionPreference = 'Stop'
# Loading WPF is what makes this process aware of the screen's resolution; without it all is drawn blurred.
try { Add-Type -AssemblyName PresentationCore } catch { }
Add-Type -AssemblyName System.Windows.Forms
Add-Type -AssemblyName System.Drawing
[System.Windows.Forms.Application]::EnableVisualStyles()
$options = $env:SLIPWAY_DIALOG | ConvertFrom-Json
function New-UnseenForm {
  $unseen = New-Object System.Windows.Forms.Form
  $unseen.FormBorderStyle = 'None'
  $unseen.ShowInTaskbar = $false
  $unseen.StartPosition = 'CenterScreen'
  $unseen.Size = New-Object System.Drawing.Size 1, 1
  $unseen.Opacity = 0
  $unseen.TopMost = $true
  $unseen.Show()
  $unseen
}
(New-UnseenForm).Dispose()
`;

/**
 * Shows a window. Each line of its input is `{ text, share }`, share null when not known; it writes `skip` when the
 * button or the window's close button was pressed, and ends with its input.
 */
export const PROGRESS_SCRIPT = String.raw`${PRELUDE}
$skippable = $null -ne $options.skip
$height = if ($skippable) { 124 } else { 88 }

$form = New-Object System.Windows.Forms.Form
$form.SuspendLayout()
$form.Text = $options.title
$form.Font = [System.Drawing.SystemFonts]::MessageBoxFont
$form.AutoScaleDimensions = New-Object System.Drawing.SizeF 96, 96
$form.AutoScaleMode = 'Dpi'
$form.ClientSize = New-Object System.Drawing.Size 460, $height
$form.FormBorderStyle = 'FixedDialog'
$form.MaximizeBox = $false
$form.StartPosition = 'CenterScreen'
try { $form.Icon = [System.Drawing.Icon]::ExtractAssociatedIcon($options.icon) } catch { $form.ShowIcon = $false }

$label = New-Object System.Windows.Forms.Label
$label.UseMnemonic = $false
$label.AutoEllipsis = $true
$label.Location = New-Object System.Drawing.Point 16, 14
$label.Size = New-Object System.Drawing.Size 428, 36
$label.Text = $options.text
$form.Controls.Add($label)

$bar = New-Object System.Windows.Forms.ProgressBar
$bar.Location = New-Object System.Drawing.Point 16, 54
$bar.Size = New-Object System.Drawing.Size 428, 18
$bar.Maximum = 1000
$bar.Style = 'Marquee'
$form.Controls.Add($bar)

$script:over = $false
function Close-Window {
  $script:over = $true
  $timer.Stop()
  $form.Close()
}
function Write-Skip {
  try { [Console]::Out.WriteLine('skip'); [Console]::Out.Flush() } catch { }
}

if ($skippable) {
  $button = New-Object System.Windows.Forms.Button
  $button.UseMnemonic = $false
  $button.AutoSize = $true
  $button.MinimumSize = New-Object System.Drawing.Size 96, 28
  $button.Text = $options.skip
  $button.Location = New-Object System.Drawing.Point (444 - $button.PreferredSize.Width), 84
  $button.Anchor = 'Top, Right'
  $button.add_Click({ Write-Skip; Close-Window })
  $form.Controls.Add($button)
}

# The reader of [Console]::In would block in ReadLineAsync, too.
$reader = New-Object System.IO.StreamReader ([Console]::OpenStandardInput())
$script:line = $reader.ReadLineAsync()
function Read-Lines {
  $newest = $null
  while ($script:line.IsCompleted) {
    if ($script:line.IsFaulted -or $null -eq $script:line.Result) { Close-Window; return }
    $newest = $script:line.Result
    $script:line = $reader.ReadLineAsync()
  }
  # What came in between was never on the screen.
  if ($null -eq $newest) { return }
  $state = $newest | ConvertFrom-Json
  $label.Text = $state.text
  if ($null -eq $state.share) {
    $bar.Style = 'Marquee'
  } else {
    $bar.Style = 'Continuous'
    $bar.Value = [Math]::Max(0, [Math]::Min(1000, [int] (1000 * $state.share)))
  }
}
$timer = New-Object System.Windows.Forms.Timer
$timer.Interval = 50
$timer.add_Tick({ try { Read-Lines } catch { Close-Window } })

$form.add_FormClosing({
  param($source, $closing)
  if ($script:over -or $closing.CloseReason -ne 'UserClosing') { return }
  if ($skippable) { Write-Skip } else { $closing.Cancel = $true }
})
# On top once, so that it is seen; after that it may be covered.
$form.TopMost = $true
$form.add_Shown({ $form.Activate(); $form.TopMost = $false; $timer.Start() })
$form.ResumeLayout($true)
[System.Windows.Forms.Application]::Run($form)
`;

// The owner has the box on top of other windows.
const SHOW_BOX = "[System.Windows.Forms.MessageBox]::Show((New-UnseenForm), $options.text, $options.title";

/** Shows a sentence until it is closed. */
export const MESSAGE_SCRIPT = `${PRELUDE}
[void] ${SHOW_BOX}, 'OK', 'Warning')
`;

/** Writes `yes` or `no`. */
export const QUESTION_SCRIPT = `${PRELUDE}
$answer = ${SHOW_BOX}, 'YesNo', 'Question')
[Console]::Out.WriteLine("$answer".ToLowerInvariant())
`;
