# .gitignore: nested files, negation, folders, patterns above the folder named, a repository
# inside, .git/info/exclude; a file that is named is counted whatever the patterns say.
mkdir -p r/.git/info r/src/build r/src/lib r/inner/.git r/logs/keep
for f in r/a.o r/src/a.o r/src/a.c r/src/build/x.c r/src/lib/keep.o r/src/lib/drop.o \
    r/inner/a.o r/inner/b.c r/logs/x.log r/logs/keep/y.log r/secret r/src/secret; do
    printf 'Hello world' >$f
done
printf '*.o\nbuild/\n/logs/*\n!/logs/keep\n' >r/.gitignore
printf '!keep.o\n' >r/src/lib/.gitignore
printf 'secret\n' >r/.git/info/exclude
tokcount r
echo -- from inside
tokcount r/src
(cd r/src && tokcount . lib)
echo -- named
tokcount r/a.o
tokcount r/src/build r/src/build/x.c
echo -- all
tokcount --no-ignore r | tail -n 1
