#!/usr/bin/env bash
# Makes a blind listening test of two base checkpoints: the bundled readers, cloned on each, say the same
# sentences and take over each other's recordings. Ten minutes on two cores.
#   examples/compare_bases.sh OLD_BASE NEW_BASE FOLDER
set -euo pipefail
old=$1 new=$2 folder=$3
voicehub=${VOICEHUB:-.venv/bin/voicehub}
here=$(dirname "$0")/..
plain=(--label none --i-say-it-is-synthetic --quiet)
sentences=(
  "It is easy to tell the depth of a well, but who would climb down to the bottom of it?"
  "We bought bread, cheese, two apples and a bottle of milk, and then we walked home in the rain."
  "Your order left our warehouse this morning and should reach you on Thursday."
  "今天天气很好，我们一起去公园散步吧。"
)

mkdir -p "$folder"
for side in before after; do
  base=$([ $side = before ] && echo "$old" || echo "$new")
  sounds=$folder/$side
  mkdir -p "$sounds"
  export VOICEHUB_HOME=$folder/home-$side
  for reader in reader-f reader-m; do
    other=$([ $reader = reader-f ] && echo reader-m || echo reader-f)
    "$voicehub" clone "$here"/demo/$reader/*.opus --name $reader --base "$base" --quiet \
      --corpus-licence "CC BY 4.0" --attribution "LibriSpeech (Panayotov and others 2015)"
    for number in "${!sentences[@]}"; do
      "$voicehub" speak $reader "${sentences[$number]}" --base "$base" \
        -o "$sounds/$reader-speech-$number.wav" "${plain[@]}"
    done
    for recording in $(find "$here/demo/$other" -name '*.opus' | sort | head -2); do
      "$voicehub" convert $reader "$recording" --base "$base" \
        -o "$sounds/$reader-as-$(basename "$recording" .opus).wav" "${plain[@]}"
    done
  done
done
"$voicehub" listening-test "$folder/before" "$folder/after" -o "$folder/test"
