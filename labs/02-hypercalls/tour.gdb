# The gdb tour of README.md: each command is shown, then executed.
set confirm off
echo (gdb) vmexit-next DBCN.console_write\n
vmexit-next DBCN.console_write
echo (gdb) p/x $a7\n
p/x $a7
echo (gdb) p/x $a6\n
p/x $a6
echo (gdb) p $a0\n
p $a0
echo (gdb) x/s $a1\n
x/s $a1
echo (gdb) vmexit-finish\n
vmexit-finish
echo (gdb) p $a0\n
p $a0
echo (gdb) p $a1\n
p $a1
echo (gdb) kill\n
kill
