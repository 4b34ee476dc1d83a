# The files of a walk are those git lists, over 60 folders with random patterns and names.
command -v git >/dev/null || { echo "git is not installed"; exit 77; }
git init -q . || { echo "git init does not work here"; exit 77; }
awk 'BEGIN {
    srand(20261124)
    n_name = split("a b ab abc foo foo.o bar bar.o b.c x[y] q? .h Foo a-b lib", name, " ")
    n_part = split("a** f**o **o a**b ?** [a-b]** a b ab abc foo foo.o bar *.o f* *b a*c ? [ab] [!ab]* [a-c]* [[:alpha:]] " \
        "** * .h x\\[y] \\* *[* [a [[:none:]] [^f]* [b-] [a-c-f]* []a] q\\? \\f\\o\\o *?? a-b " \
        "*** **a b** [[:upper:]]* *.c bar/ /foo", part, " ")
    for (d = 0; d < 60; d++) {
        dir = sprintf("d%03d", d)
        for (i = 0; i < 25; i++) {
            path = dir
            depth = 1 + int(rand() * 4)
            for (k = 0; k < depth; k++) path = path "/" name[1 + int(rand() * n_name)]
            print "F " path
        }
        n_file = 1 + int(rand() * 3)
        for (f = 0; f < n_file; f++) {
            where = dir
            if (f) where = dir "/" name[1 + int(rand() * n_name)]
            n_line = 1 + int(rand() * 5)
            for (l = 0; l < n_line; l++) {
                line = rand() < 0.25 ? "!" : ""
                if (rand() < 0.25) line = line "/"
                depth = 1 + int(rand() * 3)
                for (k = 0; k < depth; k++)
                    line = line (k ? "/" : "") part[1 + int(rand() * n_part)]
                if (rand() < 0.2) line = line "/"
                if (rand() < 0.1) line = line "  "
                if (rand() < 0.05) line = line "\\ "
                if (rand() < 0.05) line = line "\r"
                if (rand() < 0.05) line = "#" line
                print "I " where " " line
            }
        }
    }
}' >plan
# A name may be wanted as a file and as a folder: the first wins.
while IFS= read -r line; do
    kind=${line%% *} rest=${line#* }
    case $kind in
    F) mkdir -p "${rest%/*}" 2>/dev/null && [ ! -e "$rest" ] && echo x >"$rest" ;;
    I) [ -d "${rest%% *}" ] && printf '%s\n' "${rest#* }" >>"${rest%% *}/.gitignore" ;;
    esac
done <plan
mkdir ../walked && mv d??? ../walked && mv .git ../walked && cd ../walked || exit 1
git -c core.excludesFile=/dev/null ls-files -o --exclude-standard -z . | tr '\0' '\n' |
    LC_ALL=C sort >../git.list
tokcount --hidden . | sed -n 's|^ *[0-9]* \./||p' >../our.list
LC_ALL=C sort -c ../our.list && echo "sorted"
[ "$(wc -l <../git.list)" -gt 300 ] && echo "more than 300 files"
diff ../git.list ../our.list && echo "the same files"
