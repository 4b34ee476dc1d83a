# The committed man page and completions are what the tables say today.
tokcount __man | cmp - "$TOP/tools/man/tokcount.1" && echo man
tokcount __complete bash | cmp - "$TOP/tools/completions/tokcount.bash" && echo bash
tokcount __complete zsh | cmp - "$TOP/tools/completions/_tokcount" && echo zsh
tokcount __complete fish | cmp - "$TOP/tools/completions/tokcount.fish" && echo fish
