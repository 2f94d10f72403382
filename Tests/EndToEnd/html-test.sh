#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# html-test.sh CLASS_TRACKER_BINARY
#
# Runs the demo, and `report`, `html` and `diff` on its file; looks at the page in a headless Chromium, wide and narrow,
# light and dark, with and without scripts. PICTURES=DIRECTORY keeps pictures of it.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[[ $# -eq 1 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY" >&2; exit 64; }
[[ -x $1 ]] || { echo "$0: no program: $1" >&2; exit 66; }

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source "$here/checks.bash"
binary=$(readlink -f "$1")
directory=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-html.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset LOGS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID

# look WHAT FILE ARGUMENT...: loads a page, and stores its properties in "seen"
look() {
    local what=$1 code=0
    shift
    seen=$(python3 "$here/page.py" "$@" 2>"$directory/page.error") || code=$?
    if [[ $code -eq 69 ]]; then
        cat "$directory/page.error"
        exit 77
    fi
    if [[ $code -ne 0 ]]; then fail "$what" "$(tail -n 3 "$directory/page.error")"; fi
}
# of JQ-FILTER: a property of the loaded page
of() { jq -r "$1" <<<"$seen"; }

# page_is_well WHAT FILE TEXT...: at both widths, in both schemes
page_is_well() {
    local what=$1 file=$2 width scheme text picture
    shift 2
    for width in 1280 400; do
        for scheme in light dark; do
            picture=()
            if [[ -n ${PICTURES:-} ]]; then picture=(--picture "$PICTURES/$(basename "$file" .html)-$width-$scheme.png"); fi
            look "$what, $width px, $scheme" "$file" "$width" "$scheme" "${picture[@]}"
            equal "$what, $width px, $scheme: nothing overflows" "$(of '"\(.scroll_width <= .inner_width) \(.wide)"')" "true []"
            equal "$what, $width px, $scheme: no labels overlap" "$(of '.overlapping | tostring')" "[]"
            equal "$what, $width px, $scheme: no error, one file, no script" \
                "$(of '"\(.errors) \(.requests) \(.scripts)"')" "[] 1 0"
            between "$what, $width px, $scheme: height of text in charts" "$(of .smallest_text)" 12 24
            equal "$what, $width px, $scheme: background" "$(of .page_color)" \
                "$([[ $scheme == light ]] && echo "rgb(246, 247, 249)" || echo "rgb(15, 18, 22)")"
            for text in "$@"; do
                if [[ $(of .text) == *"$text"* ]]; then
                    pass "$what, $width px, $scheme: \"$text\""
                else
                    fail "$what, $width px, $scheme: \"$text\"" "is not on the page: $(of .text | head -c 300)"
                fi
            done
        done
    done
    look "$what, without scripts" "$file" 400 light --no-scripts
    for text in "$@"; do
        matches "$what, without scripts: \"$text\"" "$(of .text | grep -cF -- "$text")" '^[1-9]'
    done
}

# A demo, as in the README.
succeeds "demo" "$binary" demo --duration 12 --interval 0.25 --quiet --file demo.jsonl
report=$("$binary" report demo.jsonl)
matches "report: memory" "$report" 'samples: resident [0-9.]+ MiB to [0-9.]+ MiB'
matches "report: spike" "$report" 'spike 1: peak [0-9.]+ MiB'
matches "report: classes" "$report" 'Session +[0-9]+ '
diff=$("$binary" diff demo.jsonl)
matches "diff: what grew" "$diff" 'Session +\+[0-9.]+ MiB'
matches "diff: what leaks" "$diff" 'May leak: Session'
equal "html: where it is" "$("$binary" html demo.jsonl)" "Wrote demo.html."
page_is_well "demo" demo.html "Memory of class-tracker" "Resident and tracked memory" "spike 1" "Session" "ReportPage" \
    "Bytes by class" "Instances alive" "Largest growth" "May leak" "Lifetimes" "Largest objects"
between "demo: charts" "$(of .charts)" 8 100
between "demo: what can be pointed at" "$(of .hovers)" 100 10000
equal "demo: a table for each chart" "$(of '.tables >= .charts')" true
matches "demo: the line that creates pages" "$(grep -o 'DemoService.buildReport() at DemoService.swift:[0-9]*' demo.html | head -n 1)" 'swift:[0-9]+'

# Names with markup, many names, and long ones.
awk -v quote='\\"' 'BEGIN {
    print "{\"record\":\"header\",\"format\":1,\"program\":\"<b>shop</b>\",\"pid\":7,\"start_unix_seconds\":1795377600.5,\"interval_seconds\":60,\"swift_version\":\"6.3\"}"
    long = "Shop.Cache<"
    for (i = 0; i < 60; i++) long = long "Swift.Dictionary<Swift.String, "
    split("<script>document.title=1</script>|x" quote " onload=" quote "alert(1)|" long "|</title></style>", names, "|")
    for (i = 5; i <= 120; i++) names[i] = "Shop.Model" i
    for (s = 1; s <= 300; s++) {
        t = s * 60; total = 0
        for (i = 1; i <= 120; i++) { sum[i] = 100000 * i + s * 1000 * (i % 3) + 40000 * (s * i % 7); total += sum[i] }
        printf "{\"record\":\"sample\",\"t_seconds\":%d,\"unix_seconds\":%d,\"vm_size_bytes\":%d,\"vm_rss_bytes\":%d,\"peak_rss_bytes\":%d}\n", t, 1795377600 + t, total * 9, total * 2, total * 2 + s % 50 * 3000000
        printf "{\"record\":\"snapshot\",\"t_seconds\":%d,\"unix_seconds\":%d,\"snapshot\":%d,\"classes\":120,\"objects\":9,\"tracked_bytes\":%d,\"vm_size_bytes\":%d,\"vm_rss_bytes\":%d}\n", t, 1795377600 + t, s, total, total * 9, total * 2
        for (i = 1; i <= 120; i++) printf "{\"record\":\"class\",\"t_seconds\":%d,\"unix_seconds\":%d,\"snapshot\":%d,\"name\":\"%s\",\"active\":%d,\"sum_bytes\":%d}\n", t, 1795377600 + t, s, names[i], s + i, sum[i]
    }
}' >names.jsonl
"$binary" report --summary names.jsonl >names.txt
succeeds "names: a report of 79 columns" awk 'length($0) > 79 && !/samples: / { print; bad = 1 } END { exit bad }' names.txt
succeeds "names: html" "$binary" html --output names.html names.jsonl
page_is_well "names" names.html "Memory of <b>shop</b>" "<script>document.title=1</script>" "Shop.Model120" "112 other classes"
look "names, linked to" names.html 1280 light --no-scripts --fragment class-50
equal "names: a link opens its class" "$(of .shown)" true
between "names: bytes of the page" "$(stat -c %s names.html)" 100000 5000000

# Standard input, and a directory.
equal "html of standard input is the same" \
    "$("$binary" html --output - - <demo.jsonl | cksum)" "$("$binary" html --output - demo.jsonl | cksum)"
mkdir files && cp demo.jsonl files
succeeds "html of a directory" "$binary" html files
equal "html of a directory: the same" "$(cksum <files.html)" "$(cksum <demo.html)"

# A file that is being written.
"$binary" demo --duration 6 --interval 0.05 --quiet --file growing.jsonl 2>/dev/null &
pid=$!
wait_for 10 grep -q '"record":"snapshot"' growing.jsonl
read_well=0
while kill -0 "$pid" 2>/dev/null; do
    "$binary" html --output growing.html growing.jsonl >/dev/null 2>growing.error && read_well=$((read_well + 1)) ||
        { cat growing.error; read_well=-1000; }
    sleep 0.2
done
wait "$pid"
between "pages of a file while it was written" "$read_well" 5 1000

# Invalid input: one line, and the matching exit code.
{ head -n 20 demo.jsonl; echo '{"record":"sam'; tail -n +21 demo.jsonl; } >damaged
echo hello >foreign
: >empty
echo '{"record":"header","format":99}' >newer
head -n 1 demo.jsonl >nothing
for command in report diff "html --output out.html"; do
    for expected in "damaged 65" "foreign 65" "empty 65" "newer 65" "nothing 65" "absent 66"; do
        code=0
        # shellcheck disable=SC2086  # several words
        error=$("$binary" $command "${expected% *}" 2>&1 >/dev/null) || code=$?
        equal "$command of a file that is ${expected% *}: code, lines" "$code $(wc -l <<<"$error")" "${expected#* } 1"
        matches "$command of a file that is ${expected% *}: names it" "$error" "^class-tracker: ${expected% *}: "
    done
done

summary
