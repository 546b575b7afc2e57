#!/bin/sh
# Releases a version of a program in Go: build, push, sign, promote, page. Run it where installer.json lies:
#
#   sh release.sh 1.4.2
#
# It can be run again: what is published already stays as it is.
set -eu

version=${1:?"which version? for example: sh release.sh 1.4.2"}

# What signs: a file, or env://NAME for a variable that holds it. Its passphrase is asked for, or taken from
# SLIPWAY_KEY_PASSPHRASE. Without keys yet: slipway keygen
key=${KEY:-slipway.key}
# Whom the version is offered to: 1.5.0-beta.1 to those who follow beta, unless CHANNEL says otherwise. A page tells of
# what everybody is offered, and of the version before until then.
case ${version%%+*} in
  *-*) channel=${CHANNEL:-beta} ;;
  *) channel=${CHANNEL:-stable} ;;
esac
rollout=${ROLLOUT:-100%}
# How long launchers believe that nothing newer was published: release again, or "slipway channel renew", before that.
expires=${EXPIRES:-90d}
platforms=${PLATFORMS:-"windows/amd64 darwin/arm64 darwin/amd64 linux/amd64 linux/arm64"}
# What is new in this version, in Markdown, for the page; none if empty.
notes=${NOTES:-}
# How browsers may have launchers. It takes a minute for each new launcher; "none" is quicker, and sends four times as
# much.
codings=${CODINGS:-zstd,br,gzip}
# The folder that the page is written to.
page=${PAGE:-public}

# Build: one program for each platform, from any system.
set --
for platform in $platforms; do
  os=${platform%/*}
  architecture=${platform#*/}
  file=out/$os-$architecture/app
  if [ "$os" = windows ]; then file=$file.exe; fi
  echo "building $file"
  CGO_ENABLED=0 GOOS=$os GOARCH=$architecture go build -trimpath -ldflags "-s -w -X main.version=$version" -o "$file" .
  set -- "$@" "$platform=$file"
done

# Push and sign: the version is in the registry, whole, and nobody is offered it yet once there is a channel.
slipway push "$version" "$@" --sign-key "$key" ${notes:+--notes "$notes"}

# Launchers: the files that people double-click. New ones are published when launcherVersion in installer.json is raised.
set --
for platform in $platforms; do set -- "$@" --platform "$platform"; done
slipway build "$@"
slipway push --launcher --if-new --codings "$codings" --sign-key "$key"

# Promote: from now on it is offered.
slipway promote "$version" --channel "$channel" --rollout "$rollout" --expires "$expires" --key "$key"

# Page: for any web space. Who runs slipway serve needs none: it looks for what is new once a minute.
slipway page -o "$page"
