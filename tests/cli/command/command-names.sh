# A file called like a command.
printf 'Hello world' >tree
printf 'Hello world' >help
tokcount ./tree
tokcount count tree
tokcount -- help
tokcount modles 2>&1
echo $?
tokcount budget inti 2>&1; echo "exit $?"
tokcount prices list opnai 2>&1; echo "exit $?"
tokcount help lnit 2>&1; echo "exit $?"
tokcount help nothing 2>&1; echo "exit $?"
