# A program that is stopped in the middle of writing leaves the file as it was and nothing beside it.
case $(stat -f -c %T . 2>/dev/null) in ext2/ext3 | tmpfs | xfs | btrfs) ;; *) echo "no file without a name on this file system"; exit 77 ;; esac
yes 'One line of a long text, and blanks at its end   ' | head -n 5000 >long.txt
echo old >out.txt
(ulimit -f 16; exec tokcount fit long.txt -q -o out.txt) 2>/dev/null
echo "stopped: $(($? > 128))"
cat out.txt
ls -A
