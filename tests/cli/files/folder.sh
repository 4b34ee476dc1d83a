# A folder: hidden names, .git, links and binary files are left out; sorted by bytes.
mkdir -p d/sub/deep d/.hidden d/.git d/empty d/a.d
for f in d/b d/a d/sub/x d/sub/deep/y d/.hidden/z d/.git/config d/.dot d/a.d/in d/a-b d/a; do
    printf 'Hello world' >$f
done
printf 'Hello\0world' >d/sub/data.bin
ln -s ../d d/loop
ln -s b d/link
mkfifo d/fifo
tokcount d 2>&1
echo --
tokcount --hidden -q d
echo --
tokcount d/sub/data.bin
tokcount d/link
echo --
tokcount -q d/empty
tokcount --total -q d/ d/b
(cd d && tokcount -q .)
