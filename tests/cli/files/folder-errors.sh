# What cannot be read is named, the rest is counted, the exit status is 2.
mkdir -p d/closed d/listed
printf 'Hello world' >d/a
printf 'Hello world' >d/unreadable
printf 'Hello world' >d/listed/x
as=
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || { echo "root, and no setpriv"; exit 77; }
    as='setpriv --reuid=65534 --regid=65534 --clear-groups --'
fi
chmod 755 . .. ../.. d
chmod 0 d/closed d/unreadable
chmod 444 d/listed
[ -z "$as" ] || chown -R 65534:65534 d
$as tokcount version >/dev/null 2>&1 || { echo "the program is in a closed folder"; exit 77; }
$as tokcount d 2>&1 | LC_ALL=C sort
$as tokcount d >/dev/null 2>&1
status=$?
chmod -R u+rwx d
exit $status
